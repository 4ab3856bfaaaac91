import { subject } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { bytes } from '../conformance/fixtures.ts';
import { busConformance } from '../conformance.ts';
import { createMemoryBus } from './bus.ts';

busConformance('memory', async () => createMemoryBus());

it('forgets by its own clock', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const bus = createMemoryBus({ now: () => now });
  const leaders = await bus.bucket('leaders');
  await leaders.put('scheduler', bytes('me'));
  const to = subject('executionResult', { id: 'x' });
  const { sequence } = await bus.publish(to, bytes('result'), { messageId: 'a', onlyFirst: true });
  now = new Date('2026-01-01T00:00:05Z');
  expect(await leaders.get('scheduler')).toBeUndefined();
  expect(await leaders.create('scheduler', bytes('you'))).toBe(2);
  expect(await bus.read('EXEC_RESULTS', sequence)).toBeDefined();
  now = new Date('2026-01-01T02:00:00Z');
  expect(await bus.read('EXEC_RESULTS', sequence)).toBeUndefined();
  const again = await bus.publish(to, bytes('result'), { messageId: 'a', onlyFirst: true });
  expect(again).toMatchObject({ duplicate: false, sequence: 2 });
});

it('rejects unavailable while it is told to be disconnected', async () => {
  const bus = createMemoryBus();
  const statuses: string[] = [];
  const stopListening = bus.onStatus((status) => statuses.push(status));
  const to = subject('executionOutput', { id: 'x' });
  bus.setStatus('disconnected');
  await expect(bus.publish(to, bytes('1'))).rejects.toMatchObject({ code: 'unavailable' });
  bus.setStatus('connected');
  await bus.publish(to, bytes('1'));
  stopListening();
  bus.setStatus('disconnected');
  expect(statuses).toEqual(['disconnected', 'connected']);
});
