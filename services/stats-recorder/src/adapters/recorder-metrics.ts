// What there is to say of the recorder beside what it commits.
import type { Metrics } from '@pilotlight/telemetry';

export interface RecorderMetrics {
  /** One sample of the pools was dropped. */
  sampleDropped(): void;
}

/** Registers the metrics, once. `isUp`: whether the database answers now; asked at every scrape. */
export function recorderMetrics(metrics: Metrics, isUp: () => boolean): RecorderMetrics {
  const up = metrics.gauge('pilotlight_stats_database_up', 'Whether the database answers (1 or 0)');
  metrics.onScrape(() => up.set(isUp() ? 1 : 0));
  const dropped = metrics.counter(
    'pilotlight_stats_pool_samples_dropped_total',
    'Samples of the pools that were dropped because the database was away for too long',
  );
  return { sampleDropped: () => dropped.inc() };
}
