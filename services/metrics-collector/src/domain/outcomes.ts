// How much one component did lately, and how it ended.
import { coveredMs, SlidingWindow } from './sliding-window.ts';

export interface Outcome {
  /** It did what was asked of it. */
  readonly isComplete: boolean;
  /** It was the platform that failed. */
  readonly isFault: boolean;
}

export interface OutcomeRates {
  readonly perSecond: number;
  /** 0 to 1; undefined where nothing ended lately. */
  readonly faultRatio: number | undefined;
  readonly completeRatio: number | undefined;
}

/** Counts of the last minutes. */
export class Outcomes {
  readonly #window = new SlidingWindow(() => ({ all: 0, complete: 0, faults: 0 }));
  readonly #sinceMs: number;

  /** `sinceMs`: when counting begins, so that the first rates are of the time that there was. */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  record({ isComplete, isFault }: Outcome, nowMs: number): void {
    const slice = this.#window.at(nowMs);
    slice.all += 1;
    if (isComplete) slice.complete += 1;
    if (isFault) slice.faults += 1;
  }

  rates(nowMs: number): OutcomeRates {
    const slices = this.#window.slices(nowMs);
    const sum = (of: 'all' | 'complete' | 'faults') =>
      slices.reduce((total, slice) => total + slice[of], 0);
    const all = sum('all');
    // Of less than a second no rate is made.
    const seconds = Math.max(1, coveredMs(nowMs, this.#sinceMs) / 1_000);
    return {
      perSecond: all / seconds,
      faultRatio: all === 0 ? undefined : sum('faults') / all,
      completeRatio: all === 0 ? undefined : sum('complete') / all,
    };
  }
}
