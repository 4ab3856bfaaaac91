// A store that counts what it has committed.
import type { Metrics } from '@pilotlight/telemetry';
import type { StatsStore } from '../app/ports.ts';

/** Seconds. A small batch takes a few milliseconds; a statement is given up after 30 s. */
const batchBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Registers the metrics once, and returns what puts them around a store; it may be opened again. */
export function storeMetrics(metrics: Metrics): (store: StatsStore) => StatsStore {
  const rows = metrics.counter(
    'pilotlight_stats_rows_total',
    'Rows inserted or updated; what came twice counts twice',
    ['table'],
  );
  const deadLetters = metrics.counter(
    'pilotlight_stats_dead_letters_total',
    'Messages that could not be recorded and were put aside',
  );
  const unknownEvents = metrics.counter(
    'pilotlight_stats_unknown_events_total',
    'Sandbox events of a type that this version does not know, kept as they came',
  );
  const batchSeconds = metrics.histogram(
    'pilotlight_stats_batch_seconds',
    'Duration of the transactions that recorded messages',
    [],
    batchBuckets,
  );
  return (store) => ({
    ...store,
    async write(records) {
      const startedAt = performance.now();
      await store.write(records);
      batchSeconds.observe((performance.now() - startedAt) / 1_000);
      rows.inc({ table: 'container_stats' }, records.containerStats.length);
      rows.inc({ table: 'warm_stock' }, records.warmStock.length);
      rows.inc({ table: 'executions' }, records.executions.length);
      rows.inc({ table: 'functions' }, records.functions.length);
      rows.inc({ table: 'invocations' }, records.invocations.length);
      rows.inc({ table: 'other_events' }, records.otherEvents.length);
      rows.inc({ table: 'dead_letters' }, records.deadLetters.length);
      deadLetters.inc(records.deadLetters.length);
      unknownEvents.inc(records.otherEvents.length);
    },
    async writePoolSamples(samples) {
      await store.writePoolSamples(samples);
      rows.inc({ table: 'pool_samples' }, samples.length);
    },
  });
}
