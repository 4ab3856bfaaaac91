// What was fetched for which context, for a while.

/** A context that comes again after so long is fetched for again: its files have changed. */
export const rememberedMs = 600_000;
/** About 200 bytes each. */
const maxRemembered = 10_000;

/** Bounded; times are of a monotonic clock. */
export class Fetched {
  /** In the order in which they were noted. */
  readonly #untilMs = new Map<string, number>();

  has(key: string, nowMs: number): boolean {
    return (this.#untilMs.get(key) ?? 0) > nowMs;
  }

  note(key: string, nowMs: number): void {
    this.#untilMs.delete(key);
    this.#untilMs.set(key, nowMs + rememberedMs);
    for (const [oldest, untilMs] of this.#untilMs) {
      if (untilMs > nowMs && this.#untilMs.size <= maxRemembered) return;
      this.#untilMs.delete(oldest);
    }
  }

  /** It came to nothing: the next time it is done again. */
  forget(key: string): void {
    this.#untilMs.delete(key);
  }
}

/** Contexts are the same whatever the order of their entries. */
export function contextKey(
  parts: readonly string[],
  context: Readonly<Record<string, string>>,
): string {
  const sorted = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([...parts, sorted]);
}
