// How long to wait before trying again.

export interface BackoffOptions {
  /** The first wait. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Each wait is the last one times this; 2 unless given. */
  readonly factor?: number;
  /** The share of a wait that is random, from 0 to 1, so that many do not return together; 0.5 unless given. */
  readonly jitter?: number;
  /** From 0 up to 1; `Math.random` unless given. */
  readonly random?: () => number;
}

export interface Backoff {
  /** Milliseconds to wait now; never above `maxMs`, never below its fixed share of the wait. */
  next(): number;
  /** To be called after a success. */
  reset(): void;
}

/** Exponential, with jitter taken off: the n-th wait is between (1 - jitter) and 1 times its nominal length. */
export function backoff(options: BackoffOptions): Backoff {
  const { minMs, maxMs, factor = 2, jitter = 0.5, random = Math.random } = options;
  let nominalMs = minMs;
  return {
    next() {
      const ms = Math.min(nominalMs, maxMs);
      nominalMs = Math.min(nominalMs * factor, maxMs);
      return ms * (1 - jitter * random());
    },
    reset() {
      nominalMs = minMs;
    },
  };
}
