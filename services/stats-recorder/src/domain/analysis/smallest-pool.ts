// How large a pool's minimum should have been for the requests that came.
import type { PolicyChange } from '@pilotlight/contracts';
import type { DemandLevel, PoolBounds, RecordedRequests } from './recorded.ts';
import { leastSamples, minimumQuantile, warmHitRateTarget } from './targets.ts';

/** Whether too few requests of a template found a warm sandbox, so that demand is worth asking for. */
export function wantsDemand(requests: RecordedRequests | undefined): boolean {
  if (requests === undefined || requests.served < leastSamples) return false;
  return requests.warmHits / requests.served < warmHitRateTarget;
}

export interface SmallestPool {
  /** Sandboxes. */
  readonly size: number;
  /** Recorded cold requests that it would have had a warm one for. */
  readonly avoidedCold: number;
  /** What to change; undefined where the pool's policy is not known. */
  readonly policy: PolicyChange | undefined;
}

/**
 * Stock is used up by the requests of one refill, so the level that `minimumQuantile` of requests stay
 * within is enough for these. Bounded by `max_size`; where the minimum is as large as that already, the
 * maximum is what to raise. Undefined where the pool is large enough as it is: then what it lacks is
 * something else, such as room on the nodes.
 */
export function smallestPool(
  demand: readonly DemandLevel[],
  pool: PoolBounds | undefined,
): SmallestPool | undefined {
  const wanted = quantile(demand);
  if (wanted === 0) return undefined;
  if (pool === undefined) return { ...within(demand, wanted), policy: undefined };
  if (wanted <= pool.minSize) return undefined;
  const isFull = pool.minSize >= pool.maxSize;
  const to = isFull ? wanted : Math.min(wanted, pool.maxSize);
  const policy = isFull
    ? { field: 'max_size', from: pool.maxSize, to }
    : { field: 'min_size', from: pool.minSize, to };
  return { ...within(demand, to), policy };
}

function within(demand: readonly DemandLevel[], size: number) {
  const covered = demand.filter(({ level }) => level <= size);
  return { size, avoidedCold: covered.reduce((sum, { cold }) => sum + cold, 0) };
}

function quantile(demand: readonly DemandLevel[]): number {
  const ordered = demand.toSorted((a, b) => a.level - b.level);
  const total = ordered.reduce((sum, { requests }) => sum + requests, 0);
  let seen = 0;
  for (const { level, requests } of ordered) {
    seen += requests;
    if (seen >= minimumQuantile * total) return level;
  }
  return 0;
}
