// How long a refill takes, learned from the starts that were seen.

/** Even an instant start waits for a plan to be read and a slot to be free. */
export const leastLeadTimeMs = 1_000;
const smoothing = 0.1;

/** A moving average of start times; the newest counts a tenth. */
export class LeadTime {
  #averageMs = leastLeadTimeMs;

  /** `totalMs`: from the order until ready, waiting for a free slot included. */
  record(totalMs: number): void {
    if (totalMs > 0) this.#averageMs += smoothing * (totalMs - this.#averageMs);
  }

  get ms(): number {
    return Math.max(leastLeadTimeMs, this.#averageMs);
  }
}
