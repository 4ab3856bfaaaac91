// The last minutes of something, in slices: what is older is forgotten a slice at a time, so that memory
// does not grow with the rate.

/** As long as the window by which the pools are sized. */
export const windowMs = 5 * 60_000;
const sliceMs = 10_000;
const slicesKept = windowMs / sliceMs;

/**
 * The newest 30 slices of ten seconds, the one in progress included: it looks back over 290 to 300 s.
 * All times are of one monotonic clock.
 */
export class SlidingWindow<Slice> {
  readonly #make: () => Slice;
  readonly #slices = new Map<number, Slice>();

  constructor(make: () => Slice) {
    this.#make = make;
  }

  /** The slice that is in progress, to count into. */
  at(nowMs: number): Slice {
    const key = Math.floor(nowMs / sliceMs);
    const known = this.#slices.get(key);
    if (known !== undefined) return known;
    this.#forget(nowMs);
    const slice = this.#make();
    this.#slices.set(key, slice);
    return slice;
  }

  /** Those in which something was counted. */
  slices(nowMs: number): readonly Slice[] {
    this.#forget(nowMs);
    return [...this.#slices.values()];
  }

  #forget(nowMs: number): void {
    const oldest = Math.floor(nowMs / sliceMs) - slicesKept + 1;
    for (const key of this.#slices.keys()) if (key < oldest) this.#slices.delete(key);
  }
}

/** How much of the past a window covers now, for one that began to count at `sinceMs`. */
export function coveredMs(nowMs: number, sinceMs: number): number {
  const oldest = (Math.floor(nowMs / sliceMs) - slicesKept + 1) * sliceMs;
  return nowMs - Math.max(oldest, sinceMs);
}
