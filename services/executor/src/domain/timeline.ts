// The times that are told of one sandbox. They follow the wall clock, but never go back: not when that
// clock is set back, nor by the fractions that a date drops.

/** One look at both clocks: milliseconds since 1970, and of the monotonic clock. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * The moment to tell of now, after `last` was told. Where the wall clock was set back, time goes on from
 * `last` as the monotonic clock counts it; where it leapt ahead (set, or the machine slept) it is followed.
 */
export function nextMoment(last: Moment, now: Moment): Moment {
  const countedMs = last.wallMs + (now.monotonicMs - last.monotonicMs);
  return { wallMs: Math.max(now.wallMs, countedMs), monotonicMs: now.monotonicMs };
}

/** Ends of a start's phases. */
export interface StepTimes {
  readonly imageReadyAt: Date;
  readonly containerCreatedAt: Date;
  readonly processStartedAt: Date;
}

/** Phases follow each other, so each ends where the next begins. */
export function stepTimes(
  begunAt: Date,
  phases: {
    readonly imagePullMs: number;
    readonly containerCreateMs: number;
    readonly processStartMs: number;
  },
): StepTimes {
  const imageReadyMs = begunAt.getTime() + phases.imagePullMs;
  const containerCreatedMs = imageReadyMs + phases.containerCreateMs;
  return {
    imageReadyAt: new Date(imageReadyMs),
    containerCreatedAt: new Date(containerCreatedMs),
    processStartedAt: new Date(containerCreatedMs + phases.processStartMs),
  };
}
