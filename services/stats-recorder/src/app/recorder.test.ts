import { SandboxEvent, subject, toJsonBytes } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus } from '@pilotlight/messaging';
import { expect, it } from 'vitest';
import type { Records } from '../domain/records.ts';
import { eventMessage, leased, poison, requestId, stopped } from '../testing/events.ts';
import { consumption } from './consume.ts';
import { Outages } from './outages.ts';
import { RowRejected, type StatsStore } from './ports.ts';
import { Recorder } from './recorder.ts';

/** Remembers what was written, and refuses what `refuse` says. */
function setUp(refuse: (records: Records) => Error | undefined = () => undefined) {
  const written: Records[] = [];
  const said: string[] = [];
  let isThere = true;
  const answer = async () => {
    if (!isThere) throw new Error('connection refused');
  };
  const store: StatsStore = {
    async write(records) {
      await answer();
      const refusal = refuse(records);
      if (refusal !== undefined) throw refusal;
      written.push(records);
    },
    answer,
    writePoolSamples: answer,
    deleteBefore: async () => 0,
    dropInvocations: async () => 0,
    reclaim: answer,
    close: async () => undefined,
  };
  const open = async () => {
    if (!isThere) throw new Error('connection refused');
    return store;
  };
  const logger = {
    info: (text: string) => said.push(`info ${text}`),
    warn: (_: object, text: string) => said.push(`warn ${text}`),
  };
  const clock = new ManualClock();
  const outages = new Outages(logger, clock);
  const recorder = new Recorder({ open, outages });
  return {
    recorder,
    outages,
    clock,
    written,
    said,
    setThere: (value: boolean) => {
      isThere = value;
    },
  };
}

it('warns once while there is no database, and says when it is back', async () => {
  const { recorder, outages, written, said, setThere } = setUp();
  const batch = [eventMessage(leased())];
  setThere(false);
  await recorder.prepare();
  await expect(recorder.record(batch)).rejects.toThrow('connection refused');
  await expect(recorder.record(batch)).rejects.toThrow('connection refused');
  expect(outages.health.ok).toBe(false);
  setThere(true);
  await recorder.record(batch);
  expect(outages.health.ok).toBe(true);
  expect(said.map((line) => line.split(' ', 1)[0])).toEqual(['warn', 'info']);
  expect(written).toHaveLength(1);
});

it('warns again when the database goes away later', async () => {
  const { recorder, said, setThere } = setUp();
  await recorder.record([eventMessage(leased())]);
  setThere(false);
  await expect(recorder.record([eventMessage(stopped())])).rejects.toThrow();
  await expect(recorder.record([eventMessage(stopped())])).rejects.toThrow();
  expect(said).toHaveLength(1);
});

it('finds the one message that the database refuses, and puts only that aside', async () => {
  const isBad = (records: Records) => records.containerStats.some((row) => row.user_id === 'bad');
  const { recorder, written } = setUp((records) =>
    isBad(records) ? new RowRejected('no such user') : undefined,
  );
  const ids = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(8) + requestId.slice(8));
  const batch = ids.map((id, index) =>
    eventMessage(leased({ requestId: id, userId: index === 3 ? 'bad' : 'good' })),
  );
  await recorder.record([...batch, poison('{')]);
  expect(written.flatMap((records) => records.containerStats)).toHaveLength(4);
  expect(written.flatMap((records) => records.deadLetters.map((row) => row.reason))).toEqual([
    'no such user',
    'The message is not JSON in UTF-8.',
  ]);
});

it('writes large batches in parts, in order', async () => {
  const { recorder, written } = setUp();
  const detail = 'x'.repeat(400_000);
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(8) + requestId.slice(8));
  await recorder.record(ids.map((id) => eventMessage(leased({ requestId: id, detail }))));
  expect(written.map((records) => records.containerStats.map(({ id }) => id))).toEqual([
    ids.slice(0, 2),
    ids.slice(2),
  ]);
});

it('is not well again before everybody who failed has succeeded', async () => {
  const { recorder, outages, said } = setUp();
  const fail = () => Promise.reject(new Error('locked'));
  await recorder.prepare();
  await expect(recorder.use('one', fail)).rejects.toThrow();
  await expect(recorder.use('other', fail)).rejects.toThrow();
  await recorder.record([eventMessage(leased())], 'one');
  expect(outages.health.ok).toBe(false);
  await recorder.record([eventMessage(leased())], 'other');
  expect(outages.health).toMatchObject({ ok: true, reason: '' });
  expect(said.map((line) => line.split(' ', 1)[0])).toEqual(['warn', 'info']);
});

it('records what waits on the bus, past messages that cannot be read', async () => {
  const { recorder, clock, written } = setUp();
  const bus = createMemoryBus();
  const on = subject('sandboxEvent', { type: 'leased', template: 'python' });
  await bus.publish(on, Buffer.from('nonsense'));
  await bus.publish(on, toJsonBytes(SandboxEvent, leased()));
  const recorded = Promise.withResolvers<void>();
  const ended = new AbortController().signal;
  const reading = { name: 'test', stream: 'SANDBOX_EVENTS', recorder, clock, ended } as const;
  const options = consumption(reading);
  const running = await bus.consume({
    ...options,
    async handle(batch) {
      await options.handle(batch);
      if (written.some((records) => records.containerStats.length > 0)) recorded.resolve();
    },
  });
  await recorded.promise;
  await running.stop();
  expect(written.flatMap((records) => records.deadLetters)).toHaveLength(1);
  await bus.close();
});

it('keeps a batch while the database is away, and gives it back at the end', async () => {
  const { recorder, clock, written, said, setThere } = setUp();
  const ended = new AbortController();
  const reading = { name: 'test', stream: 'SANDBOX_EVENTS', recorder, clock } as const;
  const { handle } = consumption({ ...reading, ended: ended.signal });
  const batch = [
    { ...eventMessage(leased()), stream: 'SANDBOX_EVENTS', storedAt: new Date() },
  ] as const;
  setThere(false);
  const kept = handle(batch);
  await until(() => said.length > 0);
  setThere(true);
  await until(() => {
    clock.advance(5_000);
    return written.length > 0;
  });
  await kept;
  setThere(false);
  const given = expect(handle(batch)).rejects.toThrow('connection refused');
  ended.abort();
  await given;
  expect(said.map((line) => line.split(' ', 1)[0])).toEqual(['warn', 'info', 'warn']);
});

/** Lets promises settle until something holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 1_000) throw new Error('it never came to hold');
    await new Promise(setImmediate);
  }
}
