// Which share of the executions of the last minutes had to wait for a cold start.
import { SlidingWindow } from './sliding-window.ts';

interface Slice {
  cold: number;
  total: number;
}

/** Counts by language; memory is bounded whatever the rate. */
export class ColdStartRate {
  readonly #languages = new Map<string, SlidingWindow<Slice>>();

  record(language: string, wasCold: boolean, nowMs: number): void {
    const window =
      this.#languages.get(language) ?? new SlidingWindow<Slice>(() => ({ cold: 0, total: 0 }));
    this.#languages.set(language, window);
    const slice = window.at(nowMs);
    slice.total += 1;
    if (wasCold) slice.cold += 1;
  }

  /** Percent by language; 0 where nothing ran lately. */
  percentages(nowMs: number): ReadonlyMap<string, number> {
    const rates = new Map<string, number>();
    for (const [language, window] of this.#languages) {
      const slices = window.slices(nowMs);
      const total = slices.reduce((sum, slice) => sum + slice.total, 0);
      const cold = slices.reduce((sum, slice) => sum + slice.cold, 0);
      rates.set(language, total === 0 ? 0 : (100 * cold) / total);
    }
    return rates;
  }
}
