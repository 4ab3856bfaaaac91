// What the analysis works on: sums and quantiles of recorded starts and requests, times in milliseconds.
import type { PhaseName } from './targets.ts';

export interface PhaseQuantiles {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly averageMs: number;
  /** Of the time before the range, as long as the range. */
  readonly historyP50Ms: number | undefined;
}

/** Starts of one template's sandboxes in the range, for requests and for stock alike. */
export interface RecordedStarts {
  readonly starts: number;
  /** In the time before the range. */
  readonly historyStarts: number;
  /** From the order until ready. */
  readonly p90Ms: number;
  readonly averageMs: number;
  readonly phases: Readonly<Record<PhaseName, PhaseQuantiles>>;
  /** Of starts that waited for their image, the 90th percentile of what they waited; 0 without any. */
  readonly paidPullP90Ms: number;
}

/** Requests for one template in the range. */
export interface RecordedRequests {
  /** That got their sandbox. */
  readonly served: number;
  readonly warmHits: number;
  /** What they waited; 0 where there was none. */
  readonly averageMs: number;
  readonly warmAverageMs: number;
  readonly coldAverageMs: number;
  /** Of cold ones: the whole start of the sandbox that they got. */
  readonly coldStartAverageMs: number;
  readonly coldAppInitAverageMs: number;
  /** Of cold ones: how many waited for an image, and all of that waiting. */
  readonly coldPulls: number;
  readonly coldPullSumMs: number;
}

/** Starts of one template revision under one platform version, since the time before the range. */
export interface RecordedDeployment {
  readonly templateRevision: string;
  readonly platformVersion: string;
  readonly firstSeen: Date;
  readonly starts: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly appInitP50Ms: number;
  /** Cold requests that waited for its image, and all of that waiting. */
  readonly coldPulls: number;
  readonly coldPullSumMs: number;
}

/** Requests that came when, with them, `level` had come within one refill. */
export interface DemandLevel {
  readonly level: number;
  readonly requests: number;
  /** Of these, those that found no warm sandbox. */
  readonly cold: number;
}

/** As the policy of the pool has them. */
export interface PoolBounds {
  readonly minSize: number;
  readonly maxSize: number;
}

/** All that is known of one template. */
export interface RecordedTemplate {
  readonly template: string;
  readonly starts: RecordedStarts | undefined;
  readonly requests: RecordedRequests | undefined;
  /** In any order. */
  readonly deployments: readonly RecordedDeployment[];
  /** Asked for only where `wantsDemand` says so. */
  readonly demand: readonly DemandLevel[];
  /** Undefined where nobody has told. */
  readonly pool: PoolBounds | undefined;
  /** Suggestions that were carried out, by remedy. */
  readonly carriedOut: ReadonlyMap<string, number>;
}
