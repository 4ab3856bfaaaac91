// pilotlight demo: waits until the pools are full, then runs real code and shows what each start
// took. `up` starts it as a process of its own, so that the supervisor stays small.
import { setTimeout as delay } from 'node:timers/promises';
import type { Pilotlight } from '@pilotlight/client';
import { PlatformError, type Pool } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { demonstrate } from '../demo/demonstration.ts';
import { arePoolsFull, poolProblems, poolProgress, poolsLeftOut } from '../demo/pools-full.ts';
import { phasesTable } from '../format/phases.ts';
import { milliseconds } from '../format/quantities.ts';
import { type CommonOptions, printLine, withSession } from '../session.ts';
import { StatusLine } from '../status-line.ts';

interface DemoOptions extends CommonOptions {
  readonly wait?: boolean;
}

const lookEveryMs = 100;
/** The first start of a machine builds what compilers need. */
const fullWithinMs = 300_000;
/** A pool that names a problem for so long is not going to be full. */
const patienceMs = 10_000;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('Wait for full pools, run real code, show the phases of each start')
    .option('--wait', 'only wait for full pools')
    .action(async (_, command: Command) => {
      const options: DemoOptions = command.optsWithGlobals();
      await withSession({ ...options, nats: options.wait !== true }, async ({ client }) => {
        await untilPoolsAreFull(client);
        if (options.wait === true) return;
        printLine('');
        const rows = await demonstrate(client, printLine);
        printLine(`\nWhat each start took (for a warm one: the start that it was saved)\n`);
        printLine(`${phasesTable(rows)}\n`);
      });
    });
}

async function untilPoolsAreFull(client: Pilotlight): Promise<void> {
  const line = new StatusLine(process.stdout);
  const startedMs = performance.now();
  for (;;) {
    const pools = await client.pools();
    const afterMs = performance.now() - startedMs;
    if (arePoolsFull(pools)) {
      line.clear();
      printLine(`Pools full after ${milliseconds(afterMs)}: ${poolProgress(pools)}`);
      return poolsLeftOut(pools).forEach(printLine);
    }
    giveUpOn(pools, afterMs);
    line.update(`Filling pools: ${poolProgress(pools)}`);
    await delay(lookEveryMs);
  }
}

function giveUpOn(pools: readonly Pool[], afterMs: number): void {
  const problems = poolProblems(pools);
  const hopeless = problems.length > 0 && afterMs > patienceMs;
  if (!hopeless && afterMs < fullWithinMs) return;
  const why = problems.length > 0 ? problems.join('; ') : poolProgress(pools);
  throw new PlatformError('unavailable', `The pools do not fill: ${why}`);
}
