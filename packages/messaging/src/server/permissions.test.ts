// What each user of the bus may do, and may not, on every nats-server that this machine has.
import {
  type BucketName,
  type BusUser,
  buckets,
  busAccess,
  busUsers,
  parseSubject,
  type StreamName,
  type Subject,
  streams,
  subject,
  subjectTable,
} from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../bus.ts';
import { type BusOptions, connectBus } from '../nats/connect.ts';
import { installedServers, startNatsServer, type TestServer } from '../testing/nats-server.ts';

type Row = keyof typeof subjectTable;

/** A subject of each kind. */
const samples: Readonly<Record<Row, Subject>> = {
  executionRequest: subject('executionRequest', { priority: 'high', language: 'python' }),
  projectRequest: subject('projectRequest', {
    project: 'acme',
    priority: 'low',
    language: 'python',
  }),
  executionOutput: subject('executionOutput', { id: 'e1' }),
  executionResult: subject('executionResult', { id: 'e1' }),
  executionDead: subject('executionDead', { priority: 'low', language: 'python' }),
  sandboxEvent: subject('sandboxEvent', { type: 'ready', template: 'python' }),
  invocationReport: subject('invocationReport', { project: 'acme' }),
  alert: subject('alert', { severity: 'warning', name: 'slow' }),
};
const rows = Object.keys(samples) as Row[];
const streamNames = Object.keys(streams) as StreamName[];
const bucketNames = Object.keys(buckets) as BucketName[];
const body = Buffer.from('{}');
const denied = { code: 'permission_denied' };

it('has a sample of each kind of subject', () => {
  expect(rows.filter((row) => parseSubject(row, samples[row]) !== undefined)).toEqual(
    Object.keys(subjectTable),
  );
});

describe.each(installedServers())('on nats-server $version', ({ binary }) => {
  let server: TestServer;
  let operator: Bus;
  const connect = (options: Partial<BusOptions>) =>
    connectBus({ servers: server.url, name: 'test', ...options });
  const as = (user: BusUser) => connect({ ...server.credentialsOf(user), role: user });

  beforeAll(async () => {
    server = await startNatsServer({ binary });
    operator = await connect(server);
    for (const row of rows) await operator.publish(samples[row], body);
    for (const name of bucketNames) await (await operator.bucket(name)).put('there', body);
  });
  afterAll(async () => {
    await operator.close();
    await server.dispose();
  });

  describe.each(busUsers)('%s', (user) => {
    const access = busAccess[user];
    const { publishes = [], reads = [], looksAt = [], consumes = {} } = access;
    const { removesFrom = [], seesLagOf = [], readsBuckets = [], writesBuckets = [] } = access;
    let bus: Bus;
    beforeAll(async () => {
      bus = await as(user);
    });
    afterAll(() => bus.close());

    it.each(rows)('publishes %s, or is refused it', async (row) => {
      const published = bus.publish(samples[row], body);
      if (publishes.includes(row)) expect((await published).sequence).toBeGreaterThan(0);
      else await expect(published).rejects.toMatchObject(denied);
    });

    it.each(streamNames)('follows %s, or is refused it', async (stream) => {
      const ended = new AbortController();
      const followed = bus.follow(stream, '>', 'first', ended.signal)[Symbol.asyncIterator]();
      if (reads.includes(stream)) expect((await followed.next()).done).toBe(false);
      else await expect(followed.next()).rejects.toMatchObject(denied);
      ended.abort();
      await followed.return?.();
    });

    it.each(streamNames)('looks at %s, or is refused it', async (stream) => {
      const looked = Promise.all([bus.count(stream, '>'), bus.oldest(stream, '>')]);
      const read = bus.read(stream, 1);
      if ([...reads, ...looksAt].includes(stream)) {
        expect(await looked).not.toContain(undefined);
        await read;
      } else {
        await expect(looked).rejects.toMatchObject(denied);
        await expect(read).rejects.toMatchObject(denied);
      }
    });

    it.each(streamNames)('removes from %s, or is refused it', async (stream) => {
      const row = rows.find((one) =>
        subjectTable[one].keptBy.some((kept) => kept.stream === stream),
      );
      const sample = stream === 'EXEC_STANDARD' ? 'projectRequest' : (row ?? 'alert');
      const { sequence } = await operator.publish(samples[sample], body);
      const removed = bus.remove(stream, sequence);
      if (removesFrom.includes(stream)) expect(await removed).toBe(true);
      else await expect(removed).rejects.toMatchObject(denied);
    });

    it.each(streamNames)('consumes %s, or is refused it', async (stream) => {
      const durable = consumes[stream] ?? 'stats-recorder';
      const handled = Promise.withResolvers<void>();
      const reading = bus.consume({
        ...{ stream, durable, batchSize: 1, batchWaitMs: 0 },
        handle: async () => handled.resolve(),
      });
      if (consumes[stream] === undefined) {
        // Who sees the lag finds the consumer that is there, and is refused its messages.
        await expect(reading.then(({ done }) => done)).rejects.toMatchObject(denied);
        return;
      }
      await handled.promise;
      await (await reading).stop();
      expect(await operator.consumerLag(stream, durable)).toMatchObject({
        pending: expect.any(Number),
      });
    });

    it.each(seesLagOf)('sees the lag of %s', async (stream) => {
      await bus.consumerLag(stream, 'stats-recorder');
    });

    it.each(bucketNames)('reads and watches %s, or is refused it', async (name) => {
      const bucket = await bus.bucket(name);
      const ended = new AbortController();
      const watched = bucket.watch(ended.signal)[Symbol.asyncIterator]();
      const both = Promise.all([bucket.get('there'), watched.next()]);
      if ([...readsBuckets, ...writesBuckets].includes(name)) {
        expect(await both).toMatchObject([{ key: 'there' }, { done: false }]);
      } else {
        await expect(both).rejects.toMatchObject(denied);
        await expect(bucket.get('there')).rejects.toMatchObject(denied);
      }
      ended.abort();
    });

    it.each(bucketNames)('writes %s, or is refused it', async (name) => {
      const bucket = await bus.bucket(name);
      if (!writesBuckets.includes(name)) {
        await expect(bucket.put('mine', body)).rejects.toMatchObject(denied);
        await expect(bucket.remove('there')).rejects.toMatchObject(denied);
        return;
      }
      const revision = await bucket.put('mine', body);
      expect(await bucket.create('mine', body)).toBeUndefined();
      expect(await bucket.update('mine', body, revision)).toBeGreaterThan(revision);
      await bucket.remove('mine');
    });
  });
});
