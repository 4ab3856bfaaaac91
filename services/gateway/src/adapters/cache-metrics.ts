// What the caches do, as metrics.
import type { Metrics } from '@pilotlight/telemetry';
import type { CacheObserver } from '../app/ports.ts';
import { type CacheSegmentName, cacheSegments } from '../domain/cache-segments.ts';

/** What is in the caches now. */
export interface CacheContents {
  bytes(): readonly {
    readonly segment: CacheSegmentName;
    readonly layer: 'memory' | 'disk';
    readonly bytes: number;
  }[];
}

/** Registers the metrics. `contents` is asked at each scrape, and may not be there yet. */
export function cacheMetrics(
  metrics: Metrics,
  contents: () => CacheContents | undefined,
): CacheObserver {
  const requests = metrics.counter(
    'pilotlight_cache_requests_total',
    'Lookups by segment and layer; the disk is asked after a miss in memory',
    ['segment', 'layer', 'outcome'],
  );
  const evictions = metrics.counter(
    'pilotlight_cache_evictions_total',
    'Entries that were dropped: for room (size), by age (expired), because what they were made of has changed (invalidated), or because they could not be read (unreadable)',
    ['segment', 'layer', 'reason'],
  );
  const bytes = metrics.gauge(
    'pilotlight_cache_bytes',
    'Bytes in use, by what entries are counted as; on disk whole pages before compression',
    ['segment', 'layer'],
  );
  const ratio = metrics.gauge(
    'pilotlight_cache_hit_ratio',
    'Lookups that either layer answered since the start, 0 to 1',
    ['segment'],
  );
  const counts = new Map(cacheSegments.map((segment) => [segment, { lookups: 0, hits: 0 }]));
  metrics.onScrape(() => {
    for (const { bytes: used, ...labels } of contents()?.bytes() ?? []) bytes.set(labels, used);
    for (const [segment, { lookups, hits }] of counts) {
      if (lookups > 0) ratio.set({ segment }, hits / lookups);
    }
  });
  return {
    looked(segment, layer, outcome) {
      requests.inc({ segment, layer, outcome });
      const count = counts.get(segment);
      if (count === undefined) return;
      if (layer === 'memory') count.lookups += 1;
      if (outcome === 'hit') count.hits += 1;
    },
    evicted: (segment, layer, reason) => evictions.inc({ segment, layer, reason }),
  };
}
