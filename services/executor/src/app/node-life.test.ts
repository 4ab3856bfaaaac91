import { fromJsonBytes, NodeStatus, Plan, PlatformError, userMark } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { createKvNodeInventory } from '../adapters/kv-node-inventory.ts';
import {
  createTestNode,
  leaseRequest,
  never,
  runRequest,
  type TestNode,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import { drain } from './drain.ts';
import { NodeReporter } from './node-reporter.ts';
import { applyPlan } from './plan.ts';
import { keepReaping, reap } from './reaper.ts';

async function reporterOf(node: TestNode) {
  const nodes = await node.bus.bucket('nodes');
  const inventory = createKvNodeInventory(nodes, 'n1');
  const reporter = new NodeReporter({
    ...{ ...node, inventory, address: 'localhost:1', driver: 'scripted' },
    capabilities: ['pause', 'ports'],
    host: { resources: undefined },
    ...{ runSlots: 8, sandboxSlots: 20 },
  });
  const read = async () => {
    const entry = await nodes.get('n1');
    return entry === undefined ? undefined : fromJsonBytes(NodeStatus, entry.value);
  };
  return { reporter, read };
}

describe('the report of a node', () => {
  it.each([
    ['a caller may try again', 0, ''],
    ['a refill tries again', 1, 'bad runner'],
  ])('tells of a broken template until %s', async (_, warm, afterThePause) => {
    const node = createTestNode();
    node.stock.setTargets([{ template: 'python', warm, ttlSeconds: 1_000 }]);
    node.driver.isPrompt = false;
    const { reporter } = await reporterOf(node);
    const problem = () => reporter.status().pools[0]?.problem;
    const leased = node.leases.lease(leaseRequest(), never);
    await until(() => node.driver.pending.length > 0);
    for (const creation of node.driver.pending) {
      creation.fail(new PlatformError('unavailable', 'bad runner'));
    }
    await expect(leased).rejects.toMatchObject({ code: 'unavailable' });
    expect(problem()).toBe('bad runner');
    node.clock.advance(1_000);
    expect(problem()).toBe(afterThePause);
  });

  it('says for whom a fresh sandbox is kept, by no name', async () => {
    const node = createTestNode();
    const python = { ...node.stock.template('python'), reuse: 'reset' as const };
    node.stock.setCatalogue(new Map([['python', python]]));
    const { reporter } = await reporterOf(node);
    const keptFor = () => reporter.status().pools[0]?.reservedFor;
    node.leases.release(await node.leases.lease(leaseRequest({ userId: 'ann' }), never));
    expect(keptFor()).toEqual([]);
    await until(() => keptFor()?.length === 1);
    expect(keptFor()).toEqual([userMark('ann')]);
    expect(userMark('ann')).toMatch(/^[A-Za-z0-9_-]{16}$/);
  });

  it('comes at the start, soon after a change, and every second', async () => {
    const node = createTestNode();
    const { read } = await reporterOf(node);
    node.clock.advance(0);
    await quiet();
    expect(await read()).toMatchObject({ heartbeat: 1, incarnation: 'now', sandboxes: 0 });
    await node.leases.lease(leaseRequest(), never);
    node.clock.advance(50);
    await quiet();
    expect(await read()).toMatchObject({
      ...{ heartbeat: 2, sandboxes: 1 },
      pools: [{ template: 'python', leased: 1, ready: 0, creating: 0, waiting: 0 }],
    });
    node.clock.advance(1_000);
    await quiet();
    expect(await read()).toMatchObject({ heartbeat: 3 });
  });

  it('goes on after the bus was away', async () => {
    const node = createTestNode();
    const { read } = await reporterOf(node);
    node.bus.setStatus('disconnected');
    node.clock.advance(0);
    await quiet();
    node.bus.setStatus('connected');
    node.clock.advance(1_000);
    await quiet();
    expect(await read()).toMatchObject({ heartbeat: 2 });
  });
});

describe('the plan', () => {
  it('is followed for this node, but not of a leader that was overtaken', async () => {
    const node = createTestNode();
    const { fence, stock, preparation, log } = node;
    const options = { node: 'n1', fence, stock, preparation, log };
    const plan = (epoch: number, warm: number) =>
      Plan.fromPartial({
        epoch,
        nodes: [
          { node: 'n1', targets: [{ template: 'python', warm }] },
          { node: 'n2', targets: [{ template: 'generic', warm: 9 }] },
        ],
      });
    applyPlan(options, plan(2, 2));
    applyPlan(options, plan(1, 7));
    const targets = node.stock.pools.map(({ template, target }) => ({ template, target }));
    expect(targets).toEqual([{ template: 'python', target: 2 }]);
    applyPlan(options, Plan.fromPartial({ epoch: 2 }));
    expect(node.stock.pools.map(({ target }) => target)).toEqual([0]);
  });
});

describe('the reaper', () => {
  it('removes what should not exist, at once and every 30 s, and nothing else', async () => {
    const node = createTestNode();
    await node.leases.lease(leaseRequest(), never);
    const theirs = { id: 'sb_n2_other_1', incarnation: 'other' };
    const old = { id: 'sb_n1_before_1', incarnation: 'before' };
    const lost = { id: 'sb_n1_now_zz', incarnation: 'now' };
    node.driver.leftovers = [theirs, old, lost];
    expect(await reap(node)).toBe(2);
    expect(node.driver.leftovers).toEqual([theirs]);
    expect(node.driver.living.size).toBe(1);
    const stop = new AbortController();
    const reaping = keepReaping(node, stop.signal);
    node.driver.leftovers = [old];
    node.clock.advance(30_000);
    await until(() => node.driver.leftovers.length === 0);
    stop.abort();
    await reaping;
  });

  it('counts how long the oldest of what resists has been there', async () => {
    const node = createTestNode();
    const { reporter } = await reporterOf(node);
    const age = () => reporter.status().oldestOrphanSeconds;
    const [first, second] = ['sb_n1_before_1', 'sb_n1_before_2'];
    const stuck = new Set([first]);
    const { driver } = node;
    const remove = (id: string) =>
      stuck.has(id)
        ? Promise.reject(new PlatformError('internal', 'device is busy'))
        : driver.remove(id);
    const parts = { ...node, driver: { list: () => driver.list(), remove } };
    expect(age()).toBe(0);
    driver.leftovers = [first, second].map((id) => ({ id, incarnation: 'before' }));
    expect(await reap(parts)).toBe(1);
    node.clock.advance(30_000);
    expect(age()).toBe(30);
    driver.leftovers.push({ id: second, incarnation: 'before' });
    stuck.add(second);
    await reap(parts);
    node.clock.advance(30_000);
    expect(age()).toBe(60);
    stuck.delete(first);
    await reap(parts);
    expect(age()).toBe(30);
    // Somebody else removed it.
    driver.leftovers = [];
    await reap(parts);
    expect(age()).toBe(0);
  });

  it('finds again what could not be destroyed', async () => {
    const node = createTestNode();
    const { reporter } = await reporterOf(node);
    const { sandboxId, token } = await node.leases.lease(leaseRequest(), never);
    const sandbox = node.driver.sandbox(sandboxId);
    sandbox.destroy = () => Promise.reject(new PlatformError('internal', 'device is busy'));
    node.leases.release({ sandboxId, token });
    await until(() => node.registry.get(sandboxId) === undefined);
    expect(await reap(node)).toBe(0);
    node.clock.advance(7_000);
    expect(reporter.status().oldestOrphanSeconds).toBe(7);
  });

  it('calls nothing an orphan that it could remove, and forgets none while it cannot look', async () => {
    const node = createTestNode();
    const { driver, orphans } = node;
    const remove = (id: string) => driver.remove(id);
    driver.leftovers = [{ id: 'sb_n1_before_1', incarnation: 'before' }];
    await reap(node);
    expect(orphans.oldestSeconds()).toBe(0);
    orphans.found(['sb_n1_before_2']);
    node.clock.advance(1_000);
    const list = () => Promise.reject(new PlatformError('unavailable', 'away'));
    await reap({ ...node, driver: { list, remove } });
    expect(orphans.oldestSeconds()).toBe(1);
  });
});

describe('draining', () => {
  it('refuses new work, lets runs end, releases leases and leaves nothing', async () => {
    const node = createTestNode();
    const { reporter, read } = await reporterOf(node);
    await node.leases.lease(leaseRequest(), never);
    const run = node.runs.start(runRequest('e1'));
    const started = await run.started;
    node.stock.setTargets([{ template: 'generic', warm: 2, ttlSeconds: 3_600 }]);
    node.clock.advance(10);
    await until(() => node.driver.created === 4);
    const drained = drain({ ...node, reporter, graceMs: 5_000 });
    await expect(node.leases.lease(leaseRequest(), never)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(() => node.runs.start(runRequest('e2'))).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    );
    await quiet();
    expect(await read()).toMatchObject({ draining: true, runs: 1 });
    node.driver.sandbox(started?.sandboxId).finish({ kind: 'exited', code: 0 });
    await drained;
    expect(await run.finished).toMatchObject({ status: 'completed' });
    expect(node.registry.all()).toEqual([]);
    expect(node.driver.living.size).toBe(0);
    await reporter.close();
    expect(await read()).toBeUndefined();
  });

  it('hands back runs that take too long', async () => {
    const node = createTestNode();
    const { reporter } = await reporterOf(node);
    const run = node.runs.start(runRequest('e1'));
    await run.started;
    const drained = drain({ ...node, reporter, graceMs: 5_000 });
    await quiet();
    node.clock.advance(5_000);
    await expect(run.finished).rejects.toMatchObject({ code: 'unavailable' });
    await drained;
    expect(node.driver.living.size).toBe(0);
  });
});
