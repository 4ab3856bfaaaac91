// What observing costs: the same load on a platform that records and counts everything, and on one
// without stats-recorder and metrics-collector.
import { helloWorld } from '../baselines/interpreter.ts';
import { createRunner } from '../runs.ts';
import { pause, type Stack, withStack } from '../stack.ts';
import { hundredths, median, say } from '../statistics.ts';
import { sustain } from './throughput.ts';

const pairs = 7;
const loadMs = 8_000;
const pacedRuns = 40;
const gapMs = 10;

interface Sample {
  readonly runsPerS: number;
  readonly runMs: number;
}

/**
 * Both are up all the time and take turns, each first in every other pair, so that a noisy machine
 * is noisy to both. The ratios are the medians of the pairs' own.
 */
export async function overhead() {
  const templates = ['python'];
  return withStack({ templates }, (on) =>
    withStack({ templates, without: ['stats-recorder', 'metrics-collector'] }, async (off) => {
      await measure(on);
      await measure(off);
      const found: { readonly on: Sample; readonly off: Sample }[] = [];
      for (let pair = 0; pair < pairs; pair += 1) {
        const first = await measure(pair % 2 === 0 ? on : off);
        const second = await measure(pair % 2 === 0 ? off : on);
        found.push(pair % 2 === 0 ? { on: first, off: second } : { on: second, off: first });
        say(`  ${pair + 1} of ${pairs} pairs`);
      }
      const medianOf = (of: (pair: (typeof found)[number]) => number) => median(found.map(of));
      return {
        throughput_ratio: thousandths(medianOf(({ on, off }) => on.runsPerS / off.runsPerS)),
        run_p50_ratio: thousandths(medianOf(({ on, off }) => on.runMs / off.runMs)),
        pairs,
        on: {
          runs_per_s: hundredths(medianOf(({ on }) => on.runsPerS)),
          run_p50_ms: hundredths(medianOf(({ on }) => on.runMs)),
        },
        off: {
          runs_per_s: hundredths(medianOf(({ off }) => off.runsPerS)),
          run_p50_ms: hundredths(medianOf(({ off }) => off.runMs)),
        },
      };
    }),
  );
}

/** Begins and ends at rest: what one platform leaves to do is not done in the other's time. */
async function measure(stack: Stack): Promise<Sample> {
  await stack.atRest('python');
  const ended = new AbortController();
  const runner = createRunner(stack.bus, ended.signal);
  const times: number[] = [];
  for (let count = 0; count < pacedRuns; count += 1) {
    await stack.poolIsFull('python');
    await pause(gapMs);
    times.push((await runner.run(helloWorld)).runMs);
  }
  ended.abort();
  const { runsPerS, failures } = await sustain(stack, loadMs);
  if (failures > 0) throw new Error(`${failures} runs failed.`);
  await stack.atRest('python');
  return { runsPerS, runMs: median(times) };
}

function thousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
