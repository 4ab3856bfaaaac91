// Which share of the executions of the last minutes had to wait for a cold start.

/** As long as the window by which the pools are sized. */
export const rateWindowMs = 5 * 60_000;
const sliceMs = 10_000;

interface Slice {
  cold: number;
  total: number;
}

/** Counts by language in slices of ten seconds; memory is bounded whatever the rate. */
export class ColdStartRate {
  readonly #languages = new Map<string, Map<number, Slice>>();

  record(language: string, wasCold: boolean, nowMs: number): void {
    const slices = this.#languages.get(language) ?? new Map<number, Slice>();
    this.#languages.set(language, slices);
    const key = Math.floor(nowMs / sliceMs);
    const slice = slices.get(key) ?? { cold: 0, total: 0 };
    slices.set(key, slice);
    slice.total += 1;
    if (wasCold) slice.cold += 1;
  }

  /** Percent by language; 0 where nothing ran lately. */
  percentages(nowMs: number): ReadonlyMap<string, number> {
    const oldest = Math.floor((nowMs - rateWindowMs) / sliceMs);
    const rates = new Map<string, number>();
    for (const [language, slices] of this.#languages) {
      for (const key of slices.keys()) if (key <= oldest) slices.delete(key);
      const total = sum(slices, (slice) => slice.total);
      rates.set(language, total === 0 ? 0 : (100 * sum(slices, (slice) => slice.cold)) / total);
    }
    return rates;
  }
}

function sum(slices: ReadonlyMap<number, Slice>, of: (slice: Slice) => number): number {
  return [...slices.values()].reduce((total, slice) => total + of(slice), 0);
}
