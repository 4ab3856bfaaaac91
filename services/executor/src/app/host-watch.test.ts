import { PlatformError } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import type { HostSample } from '../domain/host-usage.ts';
import { createTestNode, leaseRequest, never, storedEvents } from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import { HostWatch } from './host-watch.ts';

const nothing = { networkReceivedBytes: 1, networkSentBytes: 2, diskReadBytes: 3 };

/** A node whose machine uses what the test says. Each of these targets is reached before the next is set. */
async function watched(...steps: readonly Readonly<Record<string, number>>[]) {
  const node = createTestNode({ maxConcurrentCreates: 2 });
  const used = { cpu: 0.5, memory: 0.5, disk: 0.5, isReadable: true };
  let looks = 0;
  let busy = 0;
  const sample = (): HostSample => ({
    ...{ ...nothing, diskWrittenBytes: 4, memoryUsedRatio: used.memory, diskUsedRatio: used.disk },
    ...{ diskFreeBytes: 1, cpu: { busy, all: looks * 100 } },
  });
  const host = new HostWatch({
    ...node,
    host: {
      async sample() {
        looks += 1;
        busy += used.cpu * 100;
        return used.isReadable ? sample() : undefined;
      },
    },
  });
  const ready = () => node.stock.pools.flatMap((pool) => pool.ready.map(({ id }) => id));
  for (const step of steps) {
    const targets = Object.entries(step).map(([template, warm]) => ({ template, warm }));
    node.stock.setTargets(targets.map((target) => ({ ...target, ttlSeconds: 10_000 })));
    await until(() => {
      node.clock.advance(10);
      return ready().length === targets.reduce((sum, { warm }) => sum + warm, 0);
    });
  }
  void host.keepMeasuring(never);
  /** Lets time pass, with all that is due in it. */
  const pass = async (ms: number) => {
    node.clock.advance(ms);
    await quiet();
  };
  await pass(0);
  await pass(1_000);
  return { ...node, host, used, ready, pass, looks: () => looks };
}

describe('the watch over the machine', () => {
  it('measures soon after its start, then every 10 s', async () => {
    const node = await watched();
    expect(node.host.resources).toEqual({
      ...{ cpuUsedRatio: 0.5, memoryUsedRatio: 0.5, diskUsedRatio: 0.5 },
      ...{ ...nothing, diskWrittenBytes: 4, pressure: 'none', pressureOf: '' },
    });
    expect(node.looks()).toBe(2);
    node.used.memory = 0.85;
    await node.pass(9_999);
    expect(node.host.resources?.pressure).toBe('none');
    await node.pass(1);
    expect(node.host.resources).toMatchObject({ pressure: 'warning', pressureOf: 'memory' });
  });

  it('says and does nothing where the machine cannot be read any more', async () => {
    const node = await watched({ python: 3 });
    node.used.memory = 0.99;
    await node.pass(10_000);
    expect(node.ready()).toHaveLength(1);
    node.used.isReadable = false;
    await node.pass(10_000);
    expect(node.host.resources).toBeUndefined();
    await until(() => {
      node.clock.advance(10);
      return node.ready().length === 3;
    });
    await node.pass(10_000);
    expect(node.looks()).toBe(5);
  });
});

describe('a node that runs short of memory', () => {
  it('retires its oldest stock, a batch at each measurement, until there is room', async () => {
    const node = await watched({ python: 2 }, { python: 2, generic: 2 }, { python: 4, generic: 2 });
    const oldest = node.registry.all().map(({ id }) => id);
    node.used.memory = 0.96;
    await node.pass(10_000);
    expect(node.ready().toSorted()).toEqual(oldest.slice(2).toSorted());
    expect(node.host.resources).toMatchObject({ pressure: 'shedding', pressureOf: 'memory' });
    await node.pass(10_000);
    expect(node.ready().toSorted()).toEqual(oldest.slice(4).toSorted());
    node.used.memory = 0.89;
    await node.pass(10_000);
    await until(() => {
      node.clock.advance(10);
      return node.ready().length === 6;
    });
    await node.outbox.flushed();
    const stopped = (await storedEvents(node.bus)).filter(({ type }) => type === 'stopped');
    expect(stopped.map(({ sandboxId }) => sandboxId)).toEqual(oldest.slice(0, 4));
    for (const { stopReason, detail } of stopped) {
      expect(stopReason).toBe('evicted');
      expect(detail).toBe("96 % of this node's memory is in use");
    }
  });

  it('refills nothing, and still starts cold for callers', async () => {
    const node = await watched({ python: 1 });
    node.used.disk = 0.97;
    await node.pass(10_000);
    expect(node.ready()).toEqual([]);
    await node.leases.lease(leaseRequest(), never);
    const { created } = node.driver;
    await node.pass(9_000);
    expect(node.driver.created).toBe(created);
    expect(node.ready()).toEqual([]);
    node.used.disk = 0.5;
    await node.pass(1_000);
    await until(() => {
      node.clock.advance(10);
      return node.ready().length === 1;
    });
  });

  it('takes back what was ordered and not begun', async () => {
    const node = await watched();
    node.driver.isPrompt = false;
    node.stock.setTargets([{ template: 'python', warm: 5, ttlSeconds: 10_000 }]);
    await node.pass(10);
    expect(node.registry.all()).toHaveLength(5);
    node.used.memory = 0.96;
    await node.pass(10_000);
    expect(node.registry.all().map(({ state }) => state)).toEqual(['creating']);
    node.driver.pending[0]?.fail(new PlatformError('internal', 'over'));
  });

  it('gives up what waits for one user last, and keeps nothing new for one', async () => {
    const node = await watched({ generic: 1 });
    const python = { ...node.stock.template('python'), reuse: 'reset' as const };
    const generic = node.stock.template('generic');
    node.stock.setCatalogue(new Map(Object.entries({ python, generic })));
    const keptFor = () => node.stock.reservedFor('python').length;
    const leaseAndRelease = async (userId: string) =>
      node.leases.release(await node.leases.lease(leaseRequest({ userId }), never));
    for (const [index, userId] of ['ann', 'ben'].entries()) {
      await leaseAndRelease(userId);
      await until(() => {
        node.clock.advance(1);
        return keptFor() === index + 1;
      });
    }
    node.used.memory = 0.96;
    await node.pass(10_000);
    expect([node.ready().length, keptFor()]).toEqual([0, 1]);
    await leaseAndRelease('cem');
    await node.pass(10);
    expect(keptFor()).toBe(1);
    await node.pass(10_000);
    expect(keptFor()).toBe(0);
  });

  it('keeps its stock where only its cores are busy', async () => {
    const node = await watched({ python: 2 });
    const before = node.ready();
    node.used.cpu = 1;
    await node.pass(10_000);
    await node.pass(10_000);
    expect(node.host.resources).toMatchObject({ pressure: 'critical', pressureOf: 'cpu' });
    expect(node.ready()).toEqual(before);
    await node.leases.lease(leaseRequest(), never);
    await until(() => {
      node.clock.advance(10);
      return node.ready().length === 2;
    });
  });
});
