import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus } from '@pilotlight/messaging';
import { expect, it } from 'vitest';
import { Outages } from './outages.ts';
import { reportHealth } from './report-health.ts';

it('tells at every change and every 10 s, without secrets', async () => {
  const clock = new ManualClock(new Date('2026-01-01T00:00:00Z'));
  const outages = new Outages({ info: () => undefined, warn: () => undefined }, clock);
  const bus = createMemoryBus();
  const bucket = await bus.bucket('health');
  const ended = new AbortController();
  const reporting = reportHealth({ bucket, outages, clock }, ended.signal);
  const told = bucket.watch(ended.signal)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    for (;;) {
      const { value } = await told.next();
      if (value?.kind !== 'put') continue;
      expect(value.entry.key).toBe('stats-recorder.database');
      return JSON.parse(Buffer.from(value.entry.value).toString());
    }
  };
  expect(await next()).toMatchObject({ ok: false });
  clock.advance(2_000);
  outages.succeeded('reader');
  const well = { ok: true, since: '2026-01-01T00:00:02.000Z', reason: '' };
  expect(await next()).toEqual(well);
  await new Promise(setImmediate);
  clock.advance(10_000);
  expect(await next()).toEqual(well);
  await new Promise(setImmediate);
  outages.failed('reader', Object.assign(new Error('ada:hunter2@db'), { code: '53100' }));
  const ill = { ok: false, since: '2026-01-01T00:00:12.000Z', reason: 'its disk is full' };
  expect(await next()).toEqual(ill);
  ended.abort();
  await reporting;
  await bus.close();
});
