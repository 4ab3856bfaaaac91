// What one sandbox may have left on this machine once it is gone, and whether the platform is well.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Platform } from '@pilotlight/cli/platform';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { expect } from 'vitest';
import { until } from '../e2e/until.ts';

/** A sandbox is destroyed after its result is out: this is how long that may take. */
const destroyedWithinMs = 5_000;
/** Every process of a program is dead so soon after its verdict (case 23). */
const deadWithinMs = 1_000;
const healthyWithinMs = 1_000;

/** Where to look: the engine's address where sandboxes are containers. */
export interface Place {
  readonly dockerHost: string | undefined;
}

/** Fails unless the sandbox's processes are dead at once and everything else of it goes soon. */
export async function expectNoResidue(sandboxId: string, place: Place): Promise<void> {
  const container = place.dockerHost === undefined ? '' : containerOf(sandboxId, place.dockerHost);
  // Ids end in a number, so that one may begin like another.
  const marks = [sandboxId, container]
    .filter((mark) => mark !== '')
    .map((mark) => new RegExp(`${mark}(?![A-Za-z0-9])`));
  const none = (traces: () => readonly string[]) => () => traces().length === 0;
  await until(
    'its processes are dead',
    none(() => processesOf(marks)),
    deadWithinMs * slowness(),
  );
  const rest = () => tracesOf(sandboxId, marks, place);
  await until('nothing of it is left', none(rest), destroyedWithinMs * slowness()).catch(
    (error: Error) => {
      throw new Error(`${error.message} There is:\n${rest().join('\n')}`);
    },
  );
}

/** Fails unless every service says, promptly, that it is ready. */
export async function expectHealthy(platform: Platform): Promise<void> {
  const answers = await Promise.all(
    Object.entries(platform.endpoints.ops).map(async ([name, address]) => {
      const begunMs = performance.now();
      const { status } = await fetch(`http://${address}/readyz`);
      return { name, status, tookMs: performance.now() - begunMs };
    }),
  );
  expect(answers).toEqual(answers.map((answer) => ({ ...answer, status: 200 })));
  const slowest = Math.max(...answers.map(({ tookMs }) => tookMs));
  expect(slowest).toBeLessThan(healthyWithinMs * slowness());
}

function tracesOf(sandboxId: string, marks: readonly RegExp[], { dockerHost }: Place): string[] {
  return [
    ...processesOf(marks).map((pid) => `process ${pid}`),
    ...groupsOf(marks).map((path) => `control group ${path}`),
    ...mountsOf(marks).map((line) => `mount ${line}`),
    ...foldersOf(marks).map((path) => `folder ${path}`),
    ...(dockerHost !== undefined && containerOf(sandboxId, dockerHost) !== '' ? ['container'] : []),
  ];
}

/** Its id, or nothing. */
function containerOf(sandboxId: string, dockerHost: string): string {
  const filter = `name=pilotlight-${sandboxId}$`;
  const args = ['ps', '--all', '--quiet', '--no-trunc', '--filter', filter];
  const env = { ...process.env, DOCKER_HOST: dockerHost };
  return execFileSync('docker', args, { encoding: 'utf8', env }).trim();
}

function processesOf(marks: readonly RegExp[]): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => marks.some((mark) => mark.test(read(`/proc/${pid}/cgroup`))));
}

function groupsOf(marks: readonly RegExp[], below = '/sys/fs/cgroup'): string[] {
  return folders(below).flatMap((name) => {
    const path = `${below}/${name}`;
    return marks.some((mark) => mark.test(name)) ? [path] : groupsOf(marks, path);
  });
}

function mountsOf(marks: readonly RegExp[]): string[] {
  const lines = read('/proc/self/mountinfo').split('\n');
  return lines.filter((line) => marks.some((mark) => mark.test(line)));
}

/** The folder of this sandbox in any executor's state folder. */
function foldersOf(marks: readonly RegExp[]): string[] {
  const states = folders('/run').filter((name) => name.startsWith('pilotlight-'));
  return states.flatMap((state) =>
    folders(`/run/${state}/bundles`)
      .filter((name) => marks.some((mark) => mark.test(name)))
      .map((name) => `/run/${state}/bundles/${name}`),
  );
}

function folders(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Empty for what is gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
