// What answering questions needs: records in sums, and the policies of the pools.
import type { Activity, Stats, Suggestion } from '@pilotlight/contracts';
import type { RecordedChange } from '../domain/analysis/changes.ts';
import type {
  DemandLevel,
  PoolBounds,
  RecordedDeployment,
  RecordedRequests,
  RecordedStarts,
} from '../domain/analysis/recorded.ts';

/** The start is included, the end is not. */
export interface Range {
  readonly start: Date;
  readonly end: Date;
}

/** Empty texts: all. */
export interface RequestFilter extends Range {
  readonly template: string;
  readonly userId: string;
  /** Slug: of this project's users alone. */
  readonly project: string;
}

/** What is known of the starts and requests of one template. */
export interface RecordedSums {
  readonly starts: RecordedStarts | undefined;
  readonly requests: RecordedRequests | undefined;
  readonly deployments: readonly RecordedDeployment[];
}

/**
 * Everything rejects `unavailable` while there is no database, `deadline_exceeded` where a question
 * takes too long, and `resource_exhausted` where too many wait. Nobody retries.
 */
export interface StatsQueries {
  summaries(filter: RequestFilter, limit: number): Promise<Omit<Stats, 'range'>>;
  /** Newest first. */
  activity(
    filter: RequestFilter & { readonly failedOnly: boolean; readonly limit: number },
  ): Promise<readonly Activity[]>;
  /** By template, of those that had a start or a request in the range. Empty name: all. */
  sums(range: Range, template: string): Promise<ReadonlyMap<string, RecordedSums>>;
  /** How many requests came together, within `leadTimeMs` of each. */
  demand(range: Range, template: string, leadTimeMs: number): Promise<readonly DemandLevel[]>;
  /** Newest first. Empty name: of all templates. */
  changes(template: string, now: Date): Promise<readonly RecordedChange[]>;
  /** By template, then by remedy, how many were ever carried out. */
  changeCounts(): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>;
  /** Idempotent by the suggestion's id: the first one stays. */
  recordChange(suggestion: Suggestion, by: string, now: Date): Promise<RecordedChange>;
}

/** Bounds of the pools as the pool-manager last said. */
export interface PoolPolicies {
  /** Undefined where it has said nothing. Rejects `unavailable` without a bus. */
  boundsOf(template: string): Promise<PoolBounds | undefined>;
}
