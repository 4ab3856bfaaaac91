// Sleep as the holder of a lease and the host see it: memory given back and had again, no cpu used, and
// deadlines that go on.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LeasedSandbox } from '@pilotlight/client';
import { addSwap, type Swap } from '@pilotlight/sandbox-runtime/test-swap';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { processesWith, refusalOf } from './behaviour-fixture.ts';
import { useDrivers } from './drivers.ts';
import { nodesOf, type PlatformUnderTest, usePlatform } from './fixture.ts';
import { eventOf } from './sandbox-events.ts';

const heldBytes = 100 << 20;
const swapBytes = 256 << 20;

/** Holds memory whose content it knows, and answers each line with whether all of it is there. */
const keeper = `
import sys
block = bytes(range(256)) * 4096
keep = [bytearray(block) for _ in range(${heldBytes >> 20})]
print("up", flush=True)
for line in sys.stdin:
    print(line.strip(), "kept" if all(part == block for part in keep) else "lost", flush=True)
`;

/** Starts a program in the sandbox; `ask` writes a line and resolves with the next one it says. */
async function converse(sandbox: LeasedSandbox, code: string) {
  // By this argument it is found among the processes of this machine.
  const program = sandbox.start(['python3', '-c', code, sandbox.id]);
  program.exit.catch(() => undefined);
  program.stderr.pipe(process.stderr);
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const ask = async (line: string) => {
    program.stdin.write(`${line}\n`);
    return (await lines.next()).value;
  };
  expect((await lines.next()).value).toBe('up');
  const [pid] = processesWith(sandbox.id).filter((one) => commandOf(one) === 'python3');
  if (pid === undefined) throw new Error('The program cannot be seen from the host.');
  return { ask, pid };
}

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();

/** Of all that lives in a process's control group, as the host's kernel counts it. */
function memoryOfGroup(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const ofVersion1 = lines.find((line) => line.split(':')[1]?.split(',').includes('memory'));
  const path = (ofVersion1 ?? lines[0] ?? '').split(':')[2] ?? '';
  const file =
    ofVersion1 === undefined
      ? `/sys/fs/cgroup${path}/memory.current`
      : `/sys/fs/cgroup/memory${path}/memory.usage_in_bytes`;
  return Number(readFileSync(file, 'utf8'));
}

/** User and system time of a process, in ticks of 10 ms. */
function cpuTicksOf(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  return (user ?? Number.NaN) + (system ?? Number.NaN);
}

async function timed<T>(work: Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const begun = performance.now();
  const value = await work;
  return { ms: performance.now() - begun, value };
}

const capabilitiesOf = async ({ bus }: PlatformUnderTest) => (await nodesOf(bus))[0]?.capabilities;
const acquirerOn =
  (under: PlatformUnderTest) =>
  (more = {}) =>
    under.client.acquire({ template: 'python', userId: 'ann', ...more });
const drivers = await useDrivers();

describe.each(drivers)('a session on a host without swap, by $name', ({ platform }) => {
  const under = usePlatform({ ...platform, templates: ['python'] });
  const acquire = acquirerOn(under);

  it('cannot be hibernated, and its node says so', async (context) => {
    const swaps = readFileSync('/proc/swaps', 'utf8').trim().split('\n').slice(1);
    if (swaps.length > 0) context.skip(`this host has swap: ${swaps.join()}`);
    expect(await capabilitiesOf(under)).not.toContain('hibernate');
    await using sandbox = await acquire();
    const refused = await refusalOf(sandbox.hibernate());
    expect(refused).toMatchObject({ code: 'unimplemented' });
    expect(refused.message).toBe('The host has no swap; add some with swapon.');
    expect(await sandbox.exec(['echo', 'awake'])).toMatchObject({ stdout: 'awake\n' });
  });

  it('uses no cpu while it is paused, and resumes in less than 100 ms', async () => {
    await using clock = await acquire();
    await using sandbox = await acquire();
    const spin = 'print("up", flush=True)\nwhile True: pass';
    const { pid } = await converse(sandbox, spin);
    const resumed: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const before = cpuTicksOf(pid);
      await clock.exec(['sleep', '0.1']);
      expect(await sandbox.pause()).toMatchObject({ state: 'paused' });
      const asleep = cpuTicksOf(pid);
      expect(asleep).toBeGreaterThan(before);
      await clock.exec(['sleep', '0.1']);
      expect(cpuTicksOf(pid)).toBe(asleep);
      const { ms, value } = await timed(sandbox.resume());
      expect(value).toMatchObject({ state: 'leased' });
      resumed.push(ms);
    }
    const [, , median = Number.NaN] = resumed.toSorted((a, b) => a - b);
    console.log(`resume after pause: ${median.toFixed(1)} ms (median of 5)`);
    expect(median).toBeLessThan(100 * slowness());
  });
});

describe.each(drivers)('a session on a host with swap, by $name', ({ platform }) => {
  let swap: Swap = { refused: 'not tried' };
  beforeAll(async () => {
    swap = await addSwap(swapBytes);
  });
  afterAll(async () => {
    if ('close' in swap) await swap.close();
  });
  const under = usePlatform({ ...platform, templates: ['python'] });
  const acquire = acquirerOn(under);
  const demandSwap = async (context: TestContext) => {
    if ('refused' in swap) context.skip(`this host refuses swap: ${swap.refused}`);
    expect(await capabilitiesOf(under)).toContain('hibernate');
  };

  it('gives its memory back while it sleeps, and has it again within 2 s', async (context) => {
    await demandSwap(context);
    await using sandbox = await acquire();
    const { ask, pid } = await converse(sandbox, keeper);
    expect(await ask('before')).toBe('before kept');
    const held = memoryOfGroup(pid);
    const { ms: sleptMs, value } = await timed(sandbox.hibernate());
    expect(value).toMatchObject({ state: 'paused' });
    const asleep = memoryOfGroup(pid);
    expect(held).toBeGreaterThan(heldBytes);
    expect(held - asleep).toBeGreaterThan(0.9 * heldBytes);

    const refused = await refusalOf(sandbox.exec(['true']));
    expect(refused).toMatchObject({ code: 'failed_precondition' });
    expect(refused.message).toBe('the sandbox is paused: resume it first');

    const { ms } = await timed(
      sandbox.resume().then(async () => expect(await ask('after')).toBe('after kept')),
    );
    const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
    console.log(
      `hibernate ${sleptMs.toFixed(0)} ms, ${mb(held)} to ${mb(asleep)}; resume and read all ${ms.toFixed(0)} ms`,
    );
    expect(ms).toBeLessThan(2_000 * slowness());
    expect(await sandbox.exec(['echo', 'awake'])).toMatchObject({ stdout: 'awake\n' });
  });

  it('ends for inactivity in its sleep, and nothing of it is left', async (context) => {
    await demandSwap(context);
    const sandbox = await acquire({ idleTimeoutSeconds: 1 });
    await converse(sandbox, keeper);
    await sandbox.hibernate();
    const stopped = await eventOf(under.bus, sandbox.id, 'stopped');
    expect(stopped.stopReason).toBe('inactivity');
    expect(processesWith(sandbox.id)).toEqual([]);
    expect(await refusalOf(sandbox.resume())).toMatchObject({ code: 'permission_denied' });
  });

  it('can be given back in its sleep', async (context) => {
    await demandSwap(context);
    const sandbox = await acquire();
    await converse(sandbox, keeper);
    await sandbox.hibernate();
    await sandbox.release();
    expect((await eventOf(under.bus, sandbox.id, 'stopped')).stopReason).toBe('manual');
  });
});
