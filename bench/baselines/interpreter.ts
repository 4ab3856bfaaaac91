// The baseline of every figure about runs: the same interpreter on the host, without any sandbox.
import { execFileSync, spawn } from 'node:child_process';

/** The program that runs everywhere in these benchmarks. */
export const helloWorld = "print('hello world')";

/** The real interpreter, not a shim on PATH that starts it. */
export function resolvePython(): string {
  return execFileSync('python3', [
    '-I',
    '-c',
    'import sys, os; print(os.path.realpath(sys.executable))',
  ])
    .toString()
    .trim();
}

/** Starts it from Node with the hello world and waits for its end. */
export function startBare(python: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-I', '-c', helloWorld], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${python} ended with ${code}`)),
    );
  });
}

/** How many bare interpreters a second this host starts, `concurrency` at a time. */
export async function bareRate(
  python: string,
  concurrency: number,
  durationMs: number,
): Promise<number> {
  const startedAt = performance.now();
  let started = 0;
  const worker = async () => {
    while (performance.now() - startedAt < durationMs) {
      await startBare(python);
      started += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (started * 1_000) / (performance.now() - startedAt);
}
