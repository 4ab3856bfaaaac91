// What the leader decides, as metrics. A follower shows none: its numbers would be old.
import type { Metrics } from '@pilotlight/telemetry';
import type { Pools } from '../app/pools.ts';

/** Registers the metrics; their values are looked up at every scrape. */
export function registerPoolMetrics(
  metrics: Metrics,
  pools: Pick<Pools, 'list'>,
  isLeader: () => boolean,
): void {
  const target = metrics.gauge(
    'pilotlight_pool_target_size',
    'Warm sandboxes wanted, over all nodes',
    ['template'],
  );
  const capped = metrics.gauge(
    'pilotlight_pool_capped',
    'Whether max_size or the nodes keep the target below the demand (1 or 0)',
    ['template'],
  );
  const leads = metrics.gauge('pilotlight_leader', 'Whether this instance leads (1 or 0)');
  metrics.onScrape(() => {
    target.reset();
    capped.reset();
    leads.set(isLeader() ? 1 : 0);
    for (const pool of isLeader() ? pools.list() : []) {
      target.set({ template: pool.template }, pool.targetSize);
      capped.set({ template: pool.template }, pool.capped ? 1 : 0);
    }
  });
}
