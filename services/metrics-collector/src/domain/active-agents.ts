// How many agents were active in the last minute (docs/adr/0015): a number, never who.

const activeForMs = 60_000;

/** Marks of users by when they were last active. */
export class ActiveAgents {
  readonly #capacity: number;
  /** In the order of their last activity. */
  readonly #lastSeenMs = new Map<string, number>();

  /** Past `capacity` agents in a minute the number stays there. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  seen(mark: string, nowMs: number): void {
    this.#lastSeenMs.delete(mark);
    this.#lastSeenMs.set(mark, nowMs);
    this.#forget(() => this.#lastSeenMs.size > this.#capacity);
  }

  count(nowMs: number): number {
    this.#forget((lastSeenMs) => nowMs - lastSeenMs >= activeForMs);
    return this.#lastSeenMs.size;
  }

  #forget(isGone: (lastSeenMs: number) => boolean): void {
    for (const [mark, lastSeenMs] of this.#lastSeenMs) {
      if (!isGone(lastSeenMs)) return;
      this.#lastSeenMs.delete(mark);
    }
  }
}
