import { Alert, subject, toJsonBytes } from '@pilotlight/contracts';
import { createMemoryBus } from '@pilotlight/messaging';
import { expect, it } from 'vitest';
import { alertMessages, latestOf } from '../alert-log.ts';
import { alertTable } from './alerts.ts';

const now = new Date('2026-01-01T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function message(alertId: string, state: string, minutes: number): Alert {
  return Alert.create({
    ...{ alertId, state, name: 'queue_age', severity: 'warning', remedy: 'Look.' },
    ...{ summary: `${alertId} ${state}`, beganAt: minutesAgo(30), at: minutesAgo(minutes) },
  });
}

const told = [
  message('ended', 'firing', 20),
  message('lost', 'firing', 15),
  message('ended', 'resolved', 10),
  message('goes on', 'firing', 9),
  message('goes on', 'firing', 4),
];

it('shows how each alert stands, those that fire first, with what to do', () => {
  const shown = alertTable(latestOf(told, now), now).split('\n');
  expect(shown[0]).toMatch(/^STATE +SEVERITY +ALERT +BEGAN +TOLD +SUMMARY$/);
  expect(shown.slice(1)).toEqual([
    expect.stringMatching(/^firing +warning +queue_age +30 min +4 min +goes on firing$/),
    expect.stringMatching(/^resolved .* ended resolved$/),
    expect.stringMatching(/^silent .* lost firing$/),
    'queue_age: Look.',
  ]);
  expect(alertTable([], now)).toBe('No alerts in the last seven days.');
});

it('reads all that is kept, and ends there', async () => {
  const bus = createMemoryBus();
  const read = async () => {
    const summaries: string[] = [];
    const signal = new AbortController().signal;
    for await (const { alert } of alertMessages(bus, { live: false, signal })) {
      summaries.push(alert.summary);
    }
    return summaries;
  };
  expect(await read()).toEqual([]);
  const on = subject('alert', { severity: 'warning', name: 'queue_age' });
  for (const alert of told) await bus.publish(on, toJsonBytes(Alert, alert));
  expect(await read()).toEqual(told.map(({ summary }) => summary));
  await bus.close();
});
