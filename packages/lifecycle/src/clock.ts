// Time as a dependency: a wall clock to show, a monotonic one to measure, and timers. Domain code
// takes numbers; app code takes a Clock, which tests move by hand.

/** Calls off a timer. Idempotent. */
export type Cancel = () => void;

export interface Clock {
  /** Wall time, for people and records; it may jump. */
  now(): Date;
  /** Milliseconds with fractions since an arbitrary start; never goes back. For all durations. */
  monotonicMs(): number;
  /** Runs `task` once after `ms`. A pending timer does not keep the process alive. */
  after(ms: number, task: () => void): Cancel;
}

/** The real one. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is advanced; timers fire in order, within `advance`. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  #steppedMs = 0;
  readonly #startedAt: Date;
  #timers: { readonly atMs: number; readonly task: () => void }[] = [];

  constructor(startedAt = new Date('2026-01-01T00:00:00Z')) {
    this.#startedAt = startedAt;
  }

  now(): Date {
    return new Date(this.#startedAt.getTime() + this.#elapsedMs + this.#steppedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(ms: number, task: () => void): Cancel {
    const timer = { atMs: this.#elapsedMs + ms, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Sets the wall clock so much ahead, or back where negative; no time passes. */
  stepWallClock(ms: number): void {
    this.#steppedMs += ms;
  }

  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= untilMs);
      const next = due.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.task();
    }
    this.#elapsedMs = untilMs;
  }
}
