// When the warm pools are as full as they should be, and what to show until then. Pure.
import type { Pool } from '@pilotlight/contracts';

/**
 * Every pool that is waited for has what is wanted of it. Before the first plan targets are zero, so a
 * pool's minimum counts too.
 */
export function arePoolsFull(pools: readonly Pool[]): boolean {
  return pools.length > 0 && pools.every((pool) => !isAwaited(pool) || isFull(pool));
}

/** What is not waited for, and why; for people. */
export function poolsLeftOut(pools: readonly Pool[]): readonly string[] {
  return pools
    .filter((pool) => !isAwaited(pool) && !isFull(pool))
    .map((pool) =>
      pool.unavailable
        ? `${pool.template} is unavailable: ${pool.problems.join('; ')}`
        : `${pool.template} is still being prepared`,
    );
}

/** `python 2/3, javascript 1/2`. */
export function poolProgress(pools: readonly Pool[]): string {
  if (pools.length === 0) return 'waiting for a plan';
  return pools
    .filter((pool) => isAwaited(pool) && wantedOf(pool) > 0)
    .map((pool) => `${pool.template} ${Math.min(pool.available, wantedOf(pool))}/${wantedOf(pool)}`)
    .join(', ');
}

/** What pools say of themselves that keeps them from being full. */
export function poolProblems(pools: readonly Pool[]): readonly string[] {
  return pools
    .filter((pool) => isAwaited(pool) && !isFull(pool))
    .flatMap((pool) => pool.problems.map((problem) => `${pool.template}: ${problem}`));
}

/** Not what no node can make, nor applications whose dependencies are still being installed. */
function isAwaited({ unavailable, language, preparing }: Pool): boolean {
  return !unavailable && (language !== '' || preparing.length === 0);
}

function isFull(pool: Pool): boolean {
  return pool.available >= wantedOf(pool);
}

function wantedOf(pool: Pool): number {
  const leasable = pool.targetSize;
  return pool.capped ? leasable : Math.max(leasable, pool.policy?.minSize ?? 0);
}
