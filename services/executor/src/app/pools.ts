// The pools of all templates that this node has heard of.
import type { StockTarget } from '@pilotlight/contracts';
import { Pool } from './pool.ts';

export class Pools {
  readonly #pools = new Map<string, Pool>();

  get all(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  /** Made where there was none. */
  of(template: string): Pool {
    const known = this.#pools.get(template);
    if (known !== undefined) return known;
    const pool = new Pool(template);
    this.#pools.set(template, pool);
    return pool;
  }

  /** Warm sandboxes wanted; a template that is not named is wanted no more. */
  setTargets(targets: readonly StockTarget[]): void {
    for (const pool of this.all) pool.target = 0;
    for (const { template, warm, ttlSeconds } of targets) {
      const pool = this.of(template);
      pool.target = warm;
      pool.ttlMs = ttlSeconds * 1_000;
    }
  }

  /** Callers. */
  get waiting(): number {
    return this.all.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Callers for whom nothing is ready or on its way. */
  get unserved(): number {
    return this.all.reduce(
      (sum, { waiting, ready, inFlight }) => sum + Math.max(0, waiting - ready.length - inFlight),
      0,
    );
  }

  get ready(): number {
    return this.all.reduce((sum, { ready }) => sum + ready.length, 0);
  }
}
