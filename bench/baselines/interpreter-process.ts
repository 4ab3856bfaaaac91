// The small process of interpreter.ts: starts a program as ordered and answers with the milliseconds
// that each start took on average.
import { spawn } from 'node:child_process';

/** Starts one at least, then more, `concurrency` at a time, until `durationMs` have passed. */
export interface Order {
  readonly argv: readonly string[];
  readonly concurrency: number;
  readonly durationMs: number;
}

async function carryOut({ argv, concurrency, durationMs }: Order): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const worker = async () => {
    do {
      await start(argv);
      count += 1;
    } while (performance.now() - startedAt < durationMs);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (performance.now() - startedAt) / count;
}

function start([file = '', ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${file} ended with ${code}`)),
    );
  });
}

process.on('message', (order: Order) => {
  void carryOut(order).then((perStartMs) => process.send?.(perStartMs));
});
