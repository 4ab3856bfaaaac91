// Which ordered creation a driver starts next, when fewer may run at once than were ordered.

export interface Demand {
  readonly template: string;
  /** Since when its longest waiting caller waits; undefined without one. */
  readonly waitingSinceMs: number | undefined;
  readonly waiting: number;
  /** Creations that a driver has begun. */
  readonly begun: number;
}

/**
 * The index in `orders` (templates, oldest first) to begin next; -1 where there is none. Templates
 * with callers that no begun creation will serve go first, the longest wait before all others;
 * then refills as they were ordered, where there is room for one.
 */
export function nextOrder(
  orders: readonly string[],
  demands: readonly Demand[],
  mayRefill: boolean,
): number {
  const unserved = demands
    .filter((demand) => demand.waiting > demand.begun && orders.includes(demand.template))
    .toSorted((a, b) => (a.waitingSinceMs ?? 0) - (b.waitingSinceMs ?? 0))[0];
  if (unserved !== undefined) return orders.indexOf(unserved.template);
  return mayRefill && orders.length > 0 ? 0 : -1;
}

/**
 * How many refills may run at once, of so many creations: one fewer, so that a caller who needs a
 * cold start finds a place free, and leases and runs find a core.
 */
export function refillsAtOnce(maxConcurrent: number): number {
  return Math.max(1, maxConcurrent - 1);
}
