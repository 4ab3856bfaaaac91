import { createMetrics } from '@pilotlight/telemetry';
import { expect, it } from 'vitest';
import type { StatsStore } from '../app/ports.ts';
import { recordsOf } from '../domain/records.ts';
import { eventMessage, leased, poison, result, resultMessage } from '../testing/events.ts';
import { storeMetrics } from './measured-store.ts';

it('counts what was committed, and nothing else', async () => {
  const nothing = async () => undefined;
  let isFull = true;
  const store: StatsStore = {
    async write() {
      if (isFull) throw new Error('disk full');
    },
    ...{ writePoolSamples: nothing, reclaim: nothing, answer: nothing, close: nothing },
    deleteBefore: async () => 0,
    dropInvocations: async () => 0,
  };
  const metrics = createMetrics('test');
  const measured = storeMetrics(metrics)(store);
  const other = { ...eventMessage(leased()), subject: 'sandbox.event.migrated.python' };
  const batch = [eventMessage(leased()), resultMessage(result()), other, other, poison('{')];
  await expect(measured.write(recordsOf(batch))).rejects.toThrow();
  isFull = false;
  await measured.write(recordsOf(batch));
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('pilotlight_'));
  const values = Object.fromEntries(
    lines.map((line) => {
      const [name = '', value] = line
        .replace(/,?service="test"/, '')
        .replace('{}', '')
        .split(' ');
      return [name, Number(value)];
    }),
  );
  expect(values).toMatchObject({
    'pilotlight_stats_rows_total{table="container_stats"}': 1,
    'pilotlight_stats_rows_total{table="warm_stock"}': 0,
    'pilotlight_stats_rows_total{table="executions"}': 1,
    'pilotlight_stats_rows_total{table="other_events"}': 2,
    'pilotlight_stats_rows_total{table="dead_letters"}': 1,
    pilotlight_stats_dead_letters_total: 1,
    pilotlight_stats_unknown_events_total: 2,
    pilotlight_stats_batch_seconds_count: 1,
  });
});
