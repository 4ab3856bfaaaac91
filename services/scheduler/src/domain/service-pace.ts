// How fast executions get through, as measured: the gap between ends while there was no room for more,
// and how long one run holds its slot. Both are averages in which a sample counts for a sixteenth, so
// that a change of load shows after twenty runs or so.

/** Of one sample. */
const weight = 1 / 16;
/** A sample is cut at so many times the average: an hour without nodes says nothing about their pace. */
const longest = 16;

/**
 * Before anything was measured: hello world in Python on two cores, a fresh sandbox for each, with
 * eight slots taken. Wrong by n, the first dozens of estimates are wrong by n.
 */
const unmeasured = { gapMs: 25, slotMs: 200 };

/** Times are of one monotonic clock, in milliseconds. */
export class ServicePace {
  #gapMs = unmeasured.gapMs;
  #slotMs = unmeasured.slotMs;
  /** Since when ends may be counted: the last one, or the moment at which room ran out. */
  #sinceMs: number | undefined;

  /** Between two ends, when every slot is taken. A gap that is open longer than that counts so far. */
  gapMs(nowMs: number): number {
    const openMs = this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs;
    return openMs > this.#gapMs ? towards(this.#gapMs, openMs) : this.#gapMs;
  }

  /** How long a run holds its slot. */
  get slotMs(): number {
    return this.#slotMs;
  }

  /** To be told after each change: whether something waits for a slot to become free. */
  saturated(isSaturated: boolean, nowMs: number): void {
    if (!isSaturated) this.#sinceMs = undefined;
    else this.#sinceMs ??= nowMs;
  }

  /** A run ended that held its slot for so long. */
  ended(slotMs: number, nowMs: number): void {
    if (this.#sinceMs === undefined) return;
    this.#slotMs = towards(this.#slotMs, slotMs);
    this.#gapMs = towards(this.#gapMs, nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
  }
}

function towards(average: number, sample: number): number {
  return average + weight * (Math.min(sample, longest * average) - average);
}
