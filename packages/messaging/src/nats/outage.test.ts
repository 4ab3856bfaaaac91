// A server that is killed and comes back on the same store: nothing is lost, reading goes on.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { subject, subjectFilter } from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bus, BusStatus } from '../bus.ts';
import { bytes, eventSubject, take, text, unique } from '../conformance/fixtures.ts';
import { installedServers, startNatsServer, type TestServer } from '../testing/nats-server.ts';
import { connectBus } from './connect.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function bringUp(binary: string): Promise<{ server: TestServer; bus: Bus }> {
  const server = await startNatsServer({ binary });
  closing.push(() => server.dispose());
  return { server, bus: await connect(server) };
}

async function connect(server: TestServer): Promise<Bus> {
  const { url, user, password } = server;
  const bus = await connectBus({ servers: url, user, password, name: 'outage test' });
  closing.push(() => bus.close());
  return bus;
}

function statusOf(bus: Bus, wanted: BusStatus): Promise<void> {
  if (bus.status === wanted) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = bus.onStatus((status) => {
      if (status !== wanted) return;
      stop();
      resolve();
    });
  });
}

/** Publishes until the bus takes it: it may be back before its streams are. */
async function publishWhenBack(bus: Bus, template: string, data: string): Promise<void> {
  for (;;) {
    try {
      await bus.publish(eventSubject(template), bytes(data), { messageId: `${template}-${data}` });
      return;
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'unavailable' });
      await statusOf(bus, 'connected');
    }
  }
}

describe.each(installedServers())('an outage of nats-server $version', ({ binary }) => {
  it('refuses at once while the server is gone, and says when it is back', async () => {
    const { server, bus } = await bringUp(binary);
    const seen: BusStatus[] = [];
    bus.onStatus((status) => seen.push(status));
    const to = eventSubject(unique());
    const kept = await bus.publish(to, bytes('kept'));
    const startedAt = performance.now();
    const underWay = Promise.allSettled(
      Array.from({ length: 2_000 }, () => bus.publish(to, bytes('perhaps'))),
    );
    await server.stop('SIGKILL');
    const codes = (await underWay).flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason.code] : [],
    );
    expect(new Set(codes).size).toBeLessThanOrEqual(1);
    await statusOf(bus, 'disconnected');
    await expect(bus.publish(to, bytes('lost'))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(bus.read('SANDBOX_EVENTS', 1)).rejects.toMatchObject({ code: 'unavailable' });
    const bucket = await bus.bucket('plan');
    await expect(bucket.get('current')).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - startedAt).toBeLessThan(2_000 * slowness());

    await server.restart();
    await statusOf(bus, 'connected');
    expect(seen).toEqual(['disconnected', 'connected']);
    expect(text((await bus.read('SANDBOX_EVENTS', kept.sequence))?.data ?? bytes(''))).toBe('kept');
  });

  it('follows on without a gap', async () => {
    const { server, bus } = await bringUp(binary);
    const writer = await connect(server);
    const template = unique();
    const seen: string[] = [];
    for (let index = 0; index < 50; index++) await publishWhenBack(writer, template, `${index}`);
    const forever = new AbortController().signal;
    for await (const message of bus.follow(
      'SANDBOX_EVENTS',
      subjectFilter('sandboxEvent', { template }),
      'first',
      forever,
    )) {
      seen.push(text(message.data));
      if (seen.length === 20 || seen.length === 50) {
        await server.stop('SIGKILL');
        await server.restart();
      }
      if (message.pending === 0 && seen.length < 100) {
        await publishWhenBack(writer, template, `${seen.length}`);
      }
      if (seen.length === 100) break;
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
  });

  it('goes on consuming, and loses nothing that was not acknowledged', async () => {
    const { server, bus } = await bringUp(binary);
    const template = unique();
    for (let index = 0; index < 20; index++) await publishWhenBack(bus, template, `${index}`);
    const handled = new Set<string>();
    let killed = false;
    const all = Promise.withResolvers<void>();
    const reader = await bus.consume({
      stream: 'SANDBOX_EVENTS',
      filter: subjectFilter('sandboxEvent', { template }),
      durable: `test-${template}`,
      batchSize: 5,
      batchWaitMs: 5,
      async handle(batch) {
        for (const { data } of batch) handled.add(text(data));
        if (handled.size === 10 && !killed) {
          killed = true;
          await server.stop('SIGKILL');
          await server.restart();
          await publishWhenBack(bus, template, 'after');
        }
        if (handled.size === 21) all.resolve();
      },
    });
    await all.promise;
    await reader.stop();
    expect(handled.size).toBe(21);
  });

  it('watches a bucket on', async () => {
    const { server, bus } = await bringUp(binary);
    const bucket = await bus.bucket('templates');
    await bucket.put('a', bytes('1'));
    const seen: string[] = [];
    for await (const change of bucket.watch(new AbortController().signal)) {
      if (change.kind === 'put') seen.push(`${change.entry.key}=${text(change.entry.value)}`);
      if (change.kind === 'caught_up') {
        await server.stop('SIGKILL');
        await server.restart();
        await statusOf(bus, 'connected');
        await bucket.put('b', bytes('2'));
      }
      if (seen.includes('b=2')) break;
    }
    expect(seen).toEqual(['a=1', 'b=2']);
  });

  it('makes whole a server that comes back without its store', async () => {
    const { server, bus } = await bringUp(binary);
    const template = unique();
    await publishWhenBack(bus, template, 'before');
    const seen: string[] = [];
    const forever = new AbortController().signal;
    const to = eventSubject(template);
    for await (const { data } of bus.follow('SANDBOX_EVENTS', to, 'first', forever)) {
      seen.push(text(data));
      if (seen.length === 2) break;
      await server.stop();
      await rm(join(server.directory, 'jetstream'), { recursive: true });
      await server.restart();
      await publishWhenBack(bus, template, 'after');
    }
    expect(seen).toEqual(['before', 'after']);
  });

  it('waits at first for a server that is not there yet', async () => {
    const { server } = await bringUp(binary);
    await server.stop();
    const connecting = connect(server);
    await server.restart();
    const bus = await connecting;
    const to = subject('executionOutput', { id: unique() });
    await bus.publish(to, bytes('1'));
    const forever = new AbortController().signal;
    expect(await take(bus.follow('EXEC_OUTPUT', to, 'first', forever), 1)).toHaveLength(1);
  });
});
