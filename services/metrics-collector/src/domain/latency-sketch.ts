// Quantiles of durations in bounded memory: a count for each of 494 buckets whose bounds grow by the same
// factor, as in DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019).

/** Seconds. */
export interface Quantiles {
  /** How many durations it is of; never 0. */
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Exact. */
  readonly max: number;
}

/** A quantile is at most this far from the exact one, as a share of it, from 10 µs to 1 h. */
export const relativeError = 0.02;
/** Shorter durations count as the shortest; longer ones are told apart by their maximum only. */
const sketchedSeconds = { min: 0.000_01, max: 3_600 };

const growth = (1 + relativeError) / (1 - relativeError);
const logGrowth = Math.log(growth);
const lastBucket = Math.ceil(Math.log(sketchedSeconds.max / sketchedSeconds.min) / logGrowth);

/** 2 KB, whatever it counts. */
export class LatencySketch {
  readonly #counts = new Uint32Array(lastBucket + 1);
  #max = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** What is negative or no number counts as 0. */
  record(seconds: number): void {
    const bucket = bucketOf(seconds);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (seconds > this.#max) this.#max = seconds;
  }

  /** Of several together, by nearest rank; undefined where they are empty. */
  static quantiles(sketches: readonly LatencySketch[]): Quantiles | undefined {
    const count = sketches.reduce((sum, sketch) => sum + sketch.#count, 0);
    if (count === 0) return undefined;
    const max = Math.max(...sketches.map((sketch) => sketch.#max));
    const ranks = [0.5, 0.9, 0.99].map((quantile) => Math.ceil(quantile * count));
    const [p50 = max, p90 = max, p99 = max] = LatencySketch.#secondsAtRanks(sketches, ranks).map(
      (seconds) => Math.min(seconds, max),
    );
    return { count, p50, p90, p99, max };
  }

  /** For growing ranks, each from 1 to the count. */
  static #secondsAtRanks(sketches: readonly LatencySketch[], ranks: readonly number[]): number[] {
    const found: number[] = [];
    let passed = 0;
    for (let bucket = 0; bucket <= lastBucket && found.length < ranks.length; bucket++) {
      for (const sketch of sketches) passed += sketch.#counts[bucket] ?? 0;
      while (passed >= (ranks[found.length] ?? Number.POSITIVE_INFINITY)) {
        found.push(secondsOf(bucket));
      }
    }
    return found;
  }
}

/** Bucket 0 ends at the shortest duration; each other one ends `growth` times later than the last. */
function bucketOf(seconds: number): number {
  if (!(seconds > sketchedSeconds.min)) return 0;
  return Math.min(lastBucket, Math.ceil(Math.log(seconds / sketchedSeconds.min) / logGrowth));
}

/** The value that is nearest, by ratio, to both ends of a bucket. */
function secondsOf(bucket: number): number {
  return (2 * sketchedSeconds.min * growth ** bucket) / (growth + 1);
}
