// How many single-use runs a second the platform sustains, a fresh sandbox for each, against the
// rate at which this host starts bare interpreters.
import { readFileSync } from 'node:fs';
import { bareRate, helloWorld, resolvePython } from '../baselines/interpreter.ts';
import { createRunner } from '../runs.ts';
import { withStack } from '../stack.ts';
import { hundredths, say } from '../statistics.ts';

const durationMs = 20_000;
const bareMs = 5_000;
const concurrency = 16;

export async function throughput() {
  const python = resolvePython();
  say(`Starting bare interpreters, 4 at a time, for ${bareMs / 1_000} s before and after …`);
  const before = await bareRate(python, 4, bareMs);
  const measured = await withStack({}, async (stack) => {
    const ended = new AbortController();
    const runner = createRunner(stack.bus, ended.signal);
    await stack.poolIsFull('python');
    say(`Running, ${concurrency} at a time, for ${durationMs / 1_000} s …`);
    const cpuBefore = busyCpuMs();
    const startedAt = performance.now();
    let runs = 0;
    let failures = 0;
    const worker = async () => {
      while (performance.now() - startedAt < durationMs) {
        const { result } = await runner.run(helloWorld);
        if (result.status === 'completed') runs += 1;
        else failures += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpuMs = busyCpuMs() - cpuBefore;
    ended.abort();
    return { runs_per_s: runs / seconds, failures, cpu_ms_per_run: cpuMs / runs };
  });
  const after = await bareRate(python, 4, bareMs);
  const barePerS = (before + after) / 2;
  return {
    runs_per_s: hundredths(measured.runs_per_s),
    concurrency,
    failures: measured.failures,
    cpu_ms_per_run: hundredths(measured.cpu_ms_per_run),
    ratio: hundredths(measured.runs_per_s / barePerS),
    baseline: { bare_per_s: hundredths(barePerS) },
  };
}

/** Time that all cores together were not idle, this client's own share included. */
function busyCpuMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync(
    '/proc/stat',
    'utf8',
  )
    .split('\n', 1)
    .join('')
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const millisecondsPerTick = 10;
  return (user + nice + system + irq + softirq) * millisecondsPerTick;
}
