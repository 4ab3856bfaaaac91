// How many single-use runs a second the platform sustains, a fresh sandbox for each, against the
// rate at which this host starts bare interpreters.
import { readFileSync } from 'node:fs';
import { helloWorld } from '../baselines/interpreter.ts';
import { createRunner } from '../runs.ts';
import { type Stack, withStack } from '../stack.ts';
import { hundredths, say } from '../statistics.ts';

const durationMs = 20_000;
const bareMs = 5_000;
const concurrency = 16;
const bareConcurrency = 4;

export async function throughput() {
  return withStack({}, async (stack) => {
    await stack.poolIsFull('python');
    const seconds = bareMs / 1_000;
    say(`Starting bare interpreters, ${bareConcurrency} at a time, for ${seconds} s …`);
    const before = await stack.bare.rate(bareConcurrency, bareMs);
    say(`Running, ${concurrency} at a time, for ${durationMs / 1_000} s …`);
    const measured = await sustain(stack, durationMs);
    await stack.poolIsFull('python');
    const after = await stack.bare.rate(bareConcurrency, bareMs);
    const barePerS = (before + after) / 2;
    return {
      runs_per_s: hundredths(measured.runsPerS),
      concurrency,
      failures: measured.failures,
      cpu_ms_per_run: hundredths(measured.cpuMsPerRun),
      ratio: hundredths(measured.runsPerS / barePerS),
      baseline: { bare_per_s: hundredths(barePerS) },
    };
  });
}

/** Runs as fast as they go for so long, the same number at a time throughout. */
export async function sustain({ bus }: Stack, durationMs: number) {
  const ended = new AbortController();
  const runner = createRunner(bus, ended.signal);
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
  const elapsedMs = performance.now() - startedAt;
  const cpuMs = busyCpuMs() - cpuBefore;
  ended.abort();
  return { runsPerS: (runs * 1_000) / elapsedMs, failures, cpuMsPerRun: cpuMs / runs };
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
