// When the warm pools are as full as they should be, and what to show until then. Pure.
import type { Pool } from '@pilotlight/contracts';

/**
 * Every pool has what is wanted of it, or says why it cannot have it. Before the first plan targets
 * are zero, so a pool's minimum counts too.
 */
export function arePoolsFull(pools: readonly Pool[]): boolean {
  return pools.length > 0 && pools.every((pool) => pool.available >= wantedOf(pool));
}

/** `python 2/3, javascript 1/2`. */
export function poolProgress(pools: readonly Pool[]): string {
  if (pools.length === 0) return 'waiting for a plan';
  return pools
    .filter((pool) => wantedOf(pool) > 0)
    .map((pool) => `${pool.template} ${Math.min(pool.available, wantedOf(pool))}/${wantedOf(pool)}`)
    .join(', ');
}

/** What pools say of themselves that keeps them from being full. */
export function poolProblems(pools: readonly Pool[]): readonly string[] {
  return pools
    .filter((pool) => pool.available < wantedOf(pool))
    .flatMap((pool) => pool.problems.map((problem) => `${pool.template}: ${problem}`));
}

function wantedOf(pool: Pool): number {
  const leasable = pool.targetSize;
  return pool.capped ? leasable : Math.max(leasable, pool.policy?.minSize ?? 0);
}
