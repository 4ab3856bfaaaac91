// Sleep: pause and hibernation, on a host that has swap for the time of the test.

import { once } from 'node:events';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Sandbox, SandboxDriver } from '../driver.ts';
import { addSwap, type Swap } from '../swap.fixture.ts';
import { type Expectations, firstText, Harness, limits } from './harness.ts';

const heldBytes = 120 << 20;
const swapBytes = 256 << 20;

/** Holds memory whose content it knows, and checks it each time a byte comes. */
const keeper = `
import socket
block = bytes(range(256)) * 4096
keep = [bytearray(block) for _ in range(${heldBytes >> 20})]
s = socket.create_server(("127.0.0.1", 8080))
print("up", flush=True)
while True:
    c, _ = s.accept()
    c.sendall(b"kept" if all(part == block for part in keep) else b"lost")
    c.close()
`;

async function ask(sandbox: Sandbox): Promise<string> {
  const connection = await sandbox.connect(8080);
  const [answer] = (await once(connection, 'data')) as [Buffer];
  return answer.toString();
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Describes it for one driver, which is made after there is swap. */
export function describeHibernation(
  name: string,
  makeDriver: () => Promise<SandboxDriver>,
  expectations: Expectations,
): void {
  describe(`sleep: ${name}`, () => {
    let harness: Harness;
    let swap: Swap;
    beforeAll(async () => {
      swap = await addSwap(swapBytes);
      harness = new Harness(await makeDriver(), expectations);
    });
    afterEach(() => harness.destroyAll());
    afterAll(async () => {
      await harness.driver.close();
      if ('close' in swap) await swap.close();
    });

    const demandSwap = (context: TestContext) => {
      if ('refused' in swap) context.skip(`This host refuses swap: ${swap.refused}`);
      expect(harness.driver.capabilities.hibernate).toEqual({ available: true });
    };
    const startKeeper = async () => {
      const sandbox = await harness.create('python', { memoryBytes: 200 << 20 });
      const program = sandbox.run(harness.job(keeper));
      expect(await firstText(program.stdout)).toBe('up\n');
      return { sandbox, program };
    };

    it('pauses and resumes in less than 100 ms', async () => {
      const { sandbox } = await startKeeper();
      const all: number[] = [];
      for (let i = 0; i < 5; i++) {
        const ms = await milliseconds(async () => {
          await sandbox.pause();
          await sandbox.resume();
        });
        all.push(ms);
      }
      const [, , median = Number.NaN] = all.toSorted((a, b) => a - b);
      console.log(`${name}: pause and resume ${median.toFixed(1)} ms (median of 5)`);
      expect(median).toBeLessThan(100 * slowness());
      expect(await ask(sandbox)).toBe('kept');
    });

    it('gives memory back while it sleeps, and has it again afterwards', async (context) => {
      demandSwap(context);
      const { sandbox } = await startKeeper();
      const before = (await sandbox.usage()).memoryBytes;
      const slept = await milliseconds(() => sandbox.hibernate());
      const asleep = (await sandbox.usage()).memoryBytes;
      expect(before).toBeGreaterThan(heldBytes);
      expect(asleep).toBeLessThan(before / 4);
      const woken = await milliseconds(async () => {
        await sandbox.resume();
        expect(await ask(sandbox)).toBe('kept');
      });
      const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
      console.log(
        `${name}: hibernate ${slept.toFixed(0)} ms, ${mb(before)} to ${mb(asleep)}; resume until all was read ${woken.toFixed(0)} ms`,
      );
      expect(woken).toBeLessThan(2_000 * slowness());
    });

    it('holds it to its memory limit afterwards', async (context) => {
      demandSwap(context);
      const { sandbox, program } = await startKeeper();
      await sandbox.hibernate();
      await sandbox.resume();
      await sandbox.setLimits({ ...limits, memoryBytes: 200 << 20 });
      const greedy = await sandbox.exec({
        argv: ['python3', '-c', 'keep = bytearray(300 << 20); print(len(keep))'],
      });
      await greedy.exit;
      expect((await sandbox.usage()).oomKills).toBeGreaterThan(0);
      await sandbox.kill();
      await program.exit;
    });

    it('can be killed in its sleep', async (context) => {
      demandSwap(context);
      const { sandbox, program } = await startKeeper();
      await sandbox.hibernate();
      await sandbox.kill();
      expect(await program.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    });
  });
}
