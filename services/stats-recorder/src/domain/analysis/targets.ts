// What starts are held against, and how much must have been recorded before anything is said.

/** Of a start, in their order; the names of the API, and with `_ms` of the columns. */
export const phaseNames = [
  'scheduling',
  'image_pull',
  'container_create',
  'process_start',
  'app_init',
] as const;
export type PhaseName = (typeof phaseNames)[number];

/**
 * Milliseconds. From the cold-start guide (000): its typical start of 50, 150, 300 and 1,500 ms, and for
 * image pulls, which are 0 to 2,000 ms there, its target of less than 2 s.
 */
export const phaseTargetMs: Readonly<Record<PhaseName, number>> = {
  scheduling: 50,
  image_pull: 2_000,
  container_create: 150,
  process_start: 300,
  app_init: 1_500,
};

/** Milliseconds: P90 of cold starts is below 3 s (000, optimization targets). */
export const startTargetMs = 3_000;

/** More than three quarters of requests find a warm sandbox (000, optimization targets). */
export const warmHitRateTarget = 0.75;

/** Fewer starts, requests, or starts of a deployment say nothing: a p90 needs ten. */
export const leastSamples = 10;

/** A phase is slower than its history from a fifth on, if that is also so many milliseconds. */
export const historyTolerance = 0.2;
export const leastRiseMs = 5;

/** Milliseconds of an average request. What saves less is not worth a line. */
export const leastSavingMs = 1;

/** A pull shorter than this found the image there, and only looked. Milliseconds. */
export const paidPullMs = 100;

/** A refill takes this long at least (the pool-manager's own bound): a plan is read, a slot becomes free. */
export const leastLeadTimeMs = 1_000;

/** The share of requests that the smallest pool is made for. */
export const minimumQuantile = 0.95;

/** Of a pull's time, what better layers save at least (000: layer optimization, -30 % pull time). */
export const layerOrderSaving = 0.3;
