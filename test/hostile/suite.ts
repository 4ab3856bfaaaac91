// Runs every hostile case on one platform. Each gets its verdict in time; then the platform is well, the
// next sandbox is clean, and nothing of the hostile one is left.

import type { IsolationLevel } from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { expectCleanRun, runExactly } from '../e2e/behaviour-fixture.ts';
import { type FixtureOptions, type PlatformUnderTest, usePlatform } from '../e2e/fixture.ts';
import type { Scene } from './encounter.ts';
import { encounters } from './encounters.ts';
import expectedSkips from './expected-skips.json' with { type: 'json' };
import { type HostileProgram, hostilePrograms, sourceOf } from './programs.ts';
import { expectHealthy, expectNoResidue } from './residue.ts';

/** One driver and one isolation level. */
export interface Level {
  /** Such as `oci` or `docker with gVisor`; the key of its expected skips. */
  readonly name: string;
  readonly isolation: IsolationLevel;
  readonly platform: FixtureOptions;
  /** Address of the engine, where sandboxes are containers. */
  readonly dockerHost: string | undefined;
  /** Why none of it can be run on this machine; undefined where it can. */
  readonly missing: string | undefined;
  /** See `Scene`. */
  readonly repetitions: number;
  /** Why a case cannot be expressed at this level, by its file or name. */
  readonly inexpressible?: Readonly<Record<string, string>>;
}

/** The templates that the programs need. */
export const hostileTemplates: readonly string[] = ['python', 'javascript', 'shell', 'cpp'];

/** A verdict may come so much later than its limit: the sandbox has to be killed by then. */
const graceMs = 100;
/**
 * An engine or gVisor takes 30 to 60 ms to kill, and three times that when they wait for a core; both together,
 * an engine that has gVisor kill, were seen to take up to 340 ms on a machine that had become slower.
 */
const slowKillMs = { default: 150, gvisor: 400 } as const;
/** From handing in to the result, on top of the program's own time: queue, start, storing. */
const aroundMs = 5_000;

/** Skips are those of expected-skips.json, or the suite fails. */
export function describeHostile(level: Level): void {
  const inexpressible = level.inexpressible ?? {};
  const known = new Map(Object.entries(expectedSkips as Record<string, string[]>));
  const skipped =
    level.missing === undefined
      ? Object.keys(inexpressible)
      : [...hostilePrograms.map(({ file }) => file), ...encounters.map(({ name }) => name)];
  const why = (name: string) => level.missing ?? inexpressible[name];

  it(`${level.name}: skips only what is expected`, () => {
    const expected = known.get(level.name) ?? [];
    const surprising = skipped.filter(
      (name) => !expected.includes(name) && !expected.includes('*'),
    );
    expect(surprising.map((name) => `${name}: ${why(name)}`)).toEqual([]);
  });

  describe.skipIf(level.missing !== undefined)(`hostile on ${level.name}`, () => {
    const under = usePlatform(level.platform);
    const cases = [
      ...hostilePrograms.map((program) => ({
        name: program.file,
        meet: () => meetProgram(under, program, level),
      })),
      ...encounters.map(({ name, meet }) => ({ name, meet: () => meet(sceneOf(under, level)) })),
    ];
    for (const { name, meet } of cases) {
      const reason = why(name);
      it.skipIf(reason !== undefined)(
        reason === undefined ? name : `${name} (${reason})`,
        async () => {
          await meet();
          await expectHealthy(under.platform);
          await expectCleanRun(under.client);
        },
      );
    }
  });
}

/** Asked for in a case: there is no platform before. */
function sceneOf({ client, platform, dataDir }: PlatformUnderTest, level: Level): Scene {
  return { client, platform, dataDir, repetitions: level.repetitions };
}

async function meetProgram(
  { client }: PlatformUnderTest,
  program: HostileProgram,
  level: Level,
): Promise<void> {
  const { file } = program;
  const verdict = (level.isolation === 'gvisor' && program.onGvisor) || program;
  const { exitCode, signal, stdout, stdoutBytes, compileStatus } = verdict;
  const statuses = [verdict.status].flat();
  const begunMs = performance.now();
  const outcome = await runExactly(client, { ...sourceOf(file), ...program.with });
  const tookMs = performance.now() - begunMs;
  const { result } = outcome;
  const said = { status: outcome.status, message: result.message, stderr: outcome.stderr };
  expect(statuses, JSON.stringify(said).slice(0, 2_000)).toContain(outcome.status);
  if (exitCode !== undefined) expect(result.exitCode).toBe(exitCode);
  if (signal !== undefined) expect(result.signal).toBe(signal);
  if (typeof stdout === 'string')
    expect(outcome.stdout === stdout, outcome.stdout.slice(0, 500)).toBe(true);
  else if (stdout !== undefined) expect(outcome.stdout).toMatch(stdout);
  if (stdoutBytes !== undefined) expect(outcome.stdoutBytes.equals(stdoutBytes)).toBe(true);
  if (compileStatus !== undefined) expect(compileStatus).toContain(result.compile?.status);
  const limitMs = (program.with?.timeoutSeconds ?? 10) * 1_000;
  const compileLimitMs = (program.with?.compileTimeoutSeconds ?? 0) * 1_000;
  const slow = slowness();
  const lateMs = slow * (graceMs + (level.name === 'oci' ? 0 : slowKillMs[level.isolation]));
  expect(result.executionTimeMs).toBeLessThanOrEqual(limitMs + lateMs);
  expect(result.compile?.executionTimeMs ?? 0).toBeLessThanOrEqual(compileLimitMs + lateMs);
  expect(tookMs).toBeLessThan(limitMs + compileLimitMs + aroundMs * slow);
  await expectNoResidue(result.sandboxId, level);
}
