// Keeps a template that cannot be created from being tried over and over.

/** What is remembered of a template's failed creations since the last success. */
export interface Breaker {
  readonly failures: number;
  /** No creation before this moment of the monotonic clock. */
  readonly openUntilMs: number;
  /** The last failure in words; empty without one. */
  readonly problem: string;
}

/** A few failures may be bad luck; these many in a row are a broken template. */
export const failuresToOpen = 3;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

export const closedBreaker: Breaker = { failures: 0, openUntilMs: 0, problem: '' };

export interface Failure {
  readonly nowMs: number;
  readonly problem: string;
  /** The driver said that this template cannot work here: no second try needed to know. */
  readonly hopeless: boolean;
}

/** Each failure past the threshold doubles the pause, up to a minute. */
export function afterFailure(breaker: Breaker, failure: Failure): Breaker {
  const counted = breaker.failures + 1;
  const failures = failure.hopeless ? Math.max(counted, failuresToOpen) : counted;
  const past = failures - failuresToOpen;
  const pauseMs = past < 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(past, 10));
  return { failures, openUntilMs: failure.nowMs + pauseMs, problem: failure.problem };
}

/** `trial`: the pause is over and one creation may show whether it works again. */
export function breakerState(breaker: Breaker, nowMs: number): 'closed' | 'open' | 'trial' {
  if (breaker.failures < failuresToOpen) return 'closed';
  return nowMs < breaker.openUntilMs ? 'open' : 'trial';
}
