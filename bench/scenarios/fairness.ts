// What one user's flood costs another: a quiet user runs hello world one after the other, alone and
// then beside a thousand runs that somebody else has ordered at once.
import { helloWorld } from '../baselines/interpreter.ts';
import { createRunner, type Runner } from '../runs.ts';
import { withStack } from '../stack.ts';
import { percentiles, say } from '../statistics.ts';

/** p99 of so many is the third longest, so that a hiccup or two of the machine do not decide. */
const samples = 200;
const floodSize = 1_000;
const warmUps = 20;

export async function fairness() {
  return withStack({}, async ({ bus, poolIsFull }) => {
    const ended = new AbortController();
    const runner = createRunner(bus, ended.signal);
    await poolIsFull('python');
    await oneAfterTheOther(runner, warmUps);
    say(`Running ${samples} times one after the other, alone …`);
    await poolIsFull('python');
    const alone = percentiles(await oneAfterTheOther(runner, samples));
    await poolIsFull('python');
    say(`The same beside a flood of ${floodSize} …`);
    const flood = flooded(runner);
    const beside = await oneAfterTheOther(runner, samples, () => flood.ended() < floodSize);
    const { completed, elapsedMs } = await flood.done;
    ended.abort();
    const withFlood = percentiles(beside);
    return {
      p99_alone_ms: alone.p99,
      p99_flooded_ms: withFlood.p99,
      flood_completed: completed,
      p50_alone_ms: alone.p50,
      p50_flooded_ms: withFlood.p50,
      flood_s: Math.round(elapsedMs / 1_000),
      samples: { alone: samples, flooded: beside.length },
    };
  });
}

/** How long each took, fewer than `count` where `goOn` ends it; throws where one did not complete. */
async function oneAfterTheOther(
  runner: Runner,
  count: number,
  goOn = () => true,
): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < count && goOn()) {
    const { result, runMs } = await runner.run(helloWorld, 'quiet');
    if (result.status !== 'completed') throw new Error(`${result.status}: ${result.message}`);
    taken.push(runMs);
  }
  return taken;
}

interface Flood {
  /** Those that have a result, whatever it is. */
  ended(): number;
  readonly done: Promise<{ readonly completed: number; readonly elapsedMs: number }>;
}

/** All at once, by one user. */
function flooded(runner: Runner): Flood {
  const startedAt = performance.now();
  let ended = 0;
  const one = async () => {
    const { result } = await runner.run(helloWorld, 'flood');
    ended += 1;
    return result.status === 'completed';
  };
  const all = Promise.all(Array.from({ length: floodSize }, one));
  const done = all.then((outcomes) => ({
    completed: outcomes.filter(Boolean).length,
    elapsedMs: performance.now() - startedAt,
  }));
  return { ended: () => ended, done };
}
