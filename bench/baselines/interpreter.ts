// The baseline of every figure about runs: the same interpreter on the host, without any sandbox.
// Started from a small Node process of its own, because spawning takes longer the larger the heap.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Scope } from '@pilotlight/lifecycle';
import type { Order } from './interpreter-process.ts';

/** The program that runs everywhere in these benchmarks. */
export const helloWorld = "print('hello world')";

export interface BareInterpreter {
  /** Milliseconds to start it with the hello world and see its end. */
  start(): Promise<number>;
  /** How many a second this host starts, `concurrency` at a time. */
  rate(concurrency: number, durationMs: number): Promise<number>;
}

/** The real interpreter, not a shim on PATH that starts it. Its process ends with the scope. */
export async function bareInterpreter(scope: Scope): Promise<BareInterpreter> {
  const python = resolvePython();
  const child = fork(new URL('interpreter-process.ts', import.meta.url).pathname, {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  scope.defer('bare interpreter', async () => {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  });
  const ask = async (concurrency: number, durationMs: number) => {
    const order: Order = { argv: [python, '-I', '-c', helloWorld], concurrency, durationMs };
    child.send(order);
    const [answer] = await once(child, 'message');
    return Number(answer);
  };
  return {
    start: () => ask(1, 0),
    rate: async (concurrency, durationMs) => 1_000 / (await ask(concurrency, durationMs)),
  };
}

function resolvePython(): string {
  const program = 'import sys, os; print(os.path.realpath(sys.executable))';
  return execFileSync('python3', ['-I', '-c', program]).toString().trim();
}
