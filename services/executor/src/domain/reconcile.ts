// Observed stock and wanted stock in, creations and retirements out; the caller does the I/O.
// In-flight creations count as stock: forgetting them is how pools over-create tenfold.

/** One template's pool as it is now. */
export interface PoolView {
  readonly template: string;
  /** Warm sandboxes wanted; 0 where the plan does not name the template. */
  readonly target: number;
  /** Ids, in the order in which they should be retired. */
  readonly ready: readonly string[];
  /** Ordered or being created, and not ready yet. */
  readonly inFlight: number;
  /** Callers without a sandbox. */
  readonly waiting: number;
  readonly breaker: 'closed' | 'open' | 'trial';
}

export interface StockView {
  readonly pools: readonly PoolView[];
  /** Sandboxes that may still be made, whatever state the others are in; never counts twice. */
  readonly freeSlots: number;
  /** Slots that sandboxes on their way out will give back. */
  readonly freeingSlots: number;
  /** Creations for stock that may be in flight at once; those for callers come on top. */
  readonly maxRefills: number;
}

export interface StockActions {
  /** One template name for each creation to order; those for waiting callers first. */
  readonly create: readonly string[];
  /** Ids of ready sandboxes to stop. */
  readonly retire: readonly string[];
}

/** Refills in flight at once over all templates: DESIGN section 6, batch at most 10. */
export const refillBatch = 10;

/**
 * Never orders more than target + waiting − (ready + in flight) of a template, nor more in all
 * than there are free slots. Where callers wait and every slot is taken, warm stock of other
 * templates makes room: a caller comes before a reserve.
 */
export function reconcileStock(view: StockView): StockActions {
  const forCallers = view.pools.flatMap((pool) => times(pool.template, shortOfCallers(pool)));
  const callersServed = forCallers.slice(0, Math.max(0, view.freeSlots));
  const refills = refillOrders(view, callersServed);
  const surplus = view.pools.flatMap((pool) => pool.ready.slice(0, surplusOf(pool)));
  const freeing = surplus.length + view.freeingSlots;
  const unserved = forCallers.length - callersServed.length - freeing;
  const makeRoom = unserved > 0 ? evictable(view.pools, new Set(surplus)).slice(0, unserved) : [];
  return { create: [...callersServed, ...refills], retire: [...surplus, ...makeRoom] };
}

/** Creations in flight that nobody needs any more: callers left, or the target fell. */
export function unneeded(pool: PoolView): number {
  return Math.max(0, pool.ready.length + pool.inFlight - pool.target - pool.waiting);
}

/** Creations that callers need and that are not on their way. */
function shortOfCallers(pool: PoolView): number {
  const missing = Math.max(0, pool.waiting - pool.ready.length - pool.inFlight);
  return allowed(pool, missing, pool.inFlight);
}

/** Round robin over the templates, so that one large target does not starve the others. */
function refillOrders(view: StockView, ordered: readonly string[]): string[] {
  const slots = view.freeSlots - ordered.length;
  const refilling = view.pools.reduce(
    (sum, pool) => sum + Math.max(0, pool.inFlight - Math.max(0, pool.waiting - pool.ready.length)),
    0,
  );
  const budget = Math.max(0, Math.min(slots, view.maxRefills - refilling));
  const rounds = view.pools.map((pool) => {
    const inFlight = pool.inFlight + ordered.filter((name) => name === pool.template).length;
    const missing = pool.target + pool.waiting - pool.ready.length - inFlight;
    return times(pool.template, allowed(pool, Math.max(0, missing), inFlight));
  });
  return interleave(rounds).slice(0, budget);
}

function allowed(pool: PoolView, wanted: number, inFlight: number): number {
  if (pool.breaker === 'open') return 0;
  return pool.breaker === 'trial' ? Math.min(wanted, Math.max(0, 1 - inFlight)) : wanted;
}

function surplusOf(pool: PoolView): number {
  return Math.max(0, Math.min(pool.ready.length, pool.ready.length - pool.waiting - pool.target));
}

/** Ready sandboxes that nobody waits for, of the largest pools first. */
function evictable(pools: readonly PoolView[], gone: ReadonlySet<string>): string[] {
  const spare = pools
    .filter((pool) => pool.waiting === 0)
    .map((pool) => pool.ready.filter((id) => !gone.has(id)))
    .toSorted((a, b) => b.length - a.length);
  return interleave(spare);
}

function times(template: string, count: number): string[] {
  return Array.from({ length: count }, () => template);
}

function interleave(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, round) =>
    lists.flatMap((list) => list.slice(round, round + 1)),
  ).flat();
}
