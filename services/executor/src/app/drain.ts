// The orderly end of a node: no more intake, runs finish, everything is destroyed.
import type { Disposal } from './disposal.ts';
import type { Leases } from './leases.ts';
import type { NodeReporter } from './node-reporter.ts';
import type { Runs } from './runs.ts';
import type { Stock } from './stock.ts';

export interface DrainOptions {
  readonly reporter: NodeReporter;
  readonly runs: Runs;
  readonly leases: Leases;
  readonly stock: Stock;
  readonly disposal: Disposal;
  /** Runs may go on for so long; what is left is handed back for another attempt. */
  readonly graceMs: number;
}

/** Resolves when no sandbox is left. From its first turn on, `LeaseSandbox` and `Run` are refused. */
export async function drain(options: DrainOptions): Promise<void> {
  const { reporter, runs, leases, stock, disposal, graceMs } = options;
  const stockClosed = stock.close();
  const runsDrained = runs.drain(graceMs);
  await reporter.drain();
  await runsDrained;
  await stockClosed;
  leases.endAll();
  await disposal.settled();
}
