// The stock that is wanted while the machine runs short. It only lowers targets: who is retired then, and
// that callers are served all the same, is decided where it always is, in reconcile.ts.
import type { PoolView } from './reconcile.ts';

export interface AgedPool {
  readonly view: PoolView;
  /** When each of its ready sandboxes was ordered, in the order of `view.ready`. */
  readonly orderedAtMs: readonly number[];
}

/** A fifth of what is ready, as pools shrink otherwise too; a small stock goes by twos. */
export function shedBatch(ready: number): number {
  return Math.min(ready, Math.max(2, Math.ceil(ready / 5)));
}

/**
 * No pool wants more than it has ready and nobody waits for, so that nothing is ordered for stock, and what was ordered but not
 * begun is taken back; those that hold the oldest `count` want so many less.
 */
export function withoutOldest(pools: readonly AgedPool[], count: number): readonly PoolView[] {
  const oldest = pools
    .filter(({ view }) => view.waiting === 0)
    .flatMap(({ view, orderedAtMs }) => orderedAtMs.map((atMs) => ({ of: view.template, atMs })))
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(0, count);
  return pools.map(({ view }) => {
    const leaving = oldest.filter(({ of }) => of === view.template).length;
    const spare = Math.max(0, view.ready.length - view.waiting);
    return { ...view, target: Math.min(view.target, spare - leaving) };
  });
}
