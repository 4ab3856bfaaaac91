import { subject } from '@pilotlight/contracts';
import { createMemoryBus } from '@pilotlight/messaging';
import { expect, it } from 'vitest';
import { StreamCounter } from './stream-counts.ts';

it('counts what came since the last reading, also over a time without the bus', async () => {
  const bus = createMemoryBus();
  const warnings: string[] = [];
  const logger = { warn: (_: object, text: string) => void warnings.push(text) };
  const counter = new StreamCounter({ bus, logger });
  const languages = new Map([['python', 'python']]);
  const publish = () => {
    const to = subject('executionRequest', { priority: 'normal', language: 'python' });
    return bus.publish(to, Buffer.from('{}'));
  };
  const arrived = async () => (await counter.read(languages))?.arrived.get('EXEC_STANDARD');

  await publish();
  expect(await arrived()).toBe(0);
  const { sequence } = await publish();
  await bus.remove('EXEC_STANDARD', sequence);
  expect(await arrived()).toBe(1);

  await publish();
  bus.setStatus('disconnected');
  expect(await counter.read(languages)).toBeUndefined();
  expect(await counter.read(languages)).toBeUndefined();
  expect(warnings).toHaveLength(1);
  bus.setStatus('connected');
  const counts = await counter.read(languages);
  expect(counts?.arrived.get('EXEC_STANDARD')).toBe(1);
  expect(counts?.queues).toContainEqual({ queue: 'standard', language: 'python', depth: 2 });
});
