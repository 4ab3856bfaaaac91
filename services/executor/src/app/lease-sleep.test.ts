import { describe, expect, it } from 'vitest';
import { createTestNode, leaseRequest, never, storedEvents } from '../testing/test-node.ts';
import { until } from '../testing/until.ts';

async function leased(changed = {}) {
  const node = createTestNode();
  const lease = await node.leases.lease(leaseRequest(changed), never);
  return { node, lease, sandbox: node.driver.sandbox() };
}

describe('a sleeping sandbox', () => {
  it('is paused from outside whether it is hibernated or not, and one call wakes it', async () => {
    const { node, lease, sandbox } = await leased();
    for (const state of ['paused', 'paused']) {
      expect((await node.leases.hibernate(lease)).state).toBe(state);
    }
    expect(sandbox.isHibernated).toBe(true);
    expect((await node.leases.pause(lease)).state).toBe('paused');
    expect((await node.leases.resume(lease)).state).toBe('leased');
    expect(sandbox).toMatchObject({ isPaused: false, isHibernated: false });
    await node.outbox.flushed();
    const types = (await storedEvents(node.bus)).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(['leased', 'paused', 'resumed']);
  });

  it('can be hibernated after it was paused', async () => {
    const { node, lease, sandbox } = await leased();
    await node.leases.pause(lease);
    expect(sandbox.isHibernated).toBe(false);
    await node.leases.hibernate(lease);
    expect(sandbox.isHibernated).toBe(true);
    await node.outbox.flushed();
    const types = (await storedEvents(node.bus)).map(({ type }) => type);
    expect(types.filter((type) => type === 'paused')).toHaveLength(1);
  });

  it('is put to sleep and woken in the order in which that was asked for', async () => {
    const { node, lease, sandbox } = await leased();
    const calls: string[] = [];
    const pauseFirst = Promise.withResolvers<void>();
    sandbox.pause = async () => {
      await pauseFirst.promise;
      calls.push('paused');
    };
    sandbox.resume = async () => void calls.push('resumed');
    const both = [node.leases.pause(lease), node.leases.resume(lease)];
    pauseFirst.resolve();
    await Promise.all(both);
    expect(calls).toEqual(['paused', 'resumed']);
    expect((await node.leases.resume(lease)).state).toBe('leased');
  });

  it('refuses use, but not to be looked at or kept', async () => {
    const { node, lease } = await leased();
    await node.leases.hibernate(lease);
    expect(() => node.leases.begin(lease)).toThrow('resume it first');
    expect(node.leases.use(lease).record.state).toBe('paused');
  });

  it.each([
    ['inactivity', { idleTimeoutSeconds: 60 }],
    ['expired', { idleTimeoutSeconds: 6_000, ttlSeconds: 60 }],
  ])('ends when its time is over all the same: %s', async (reason, times) => {
    const { node, lease } = await leased(times);
    await node.leases.hibernate(lease);
    node.clock.advance(60_000);
    await until(() => node.registry.all().length === 0);
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).at(-1)).toMatchObject({ stopReason: reason });
    await expect(node.leases.resume(lease)).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('ends for inactivity although a command is open, and lives on with it once it is awake', async () => {
    const { node, lease } = await leased({ idleTimeoutSeconds: 60, ttlSeconds: 6_000 });
    node.leases.begin(lease);
    node.clock.advance(59_000);
    await node.leases.pause(lease);
    node.clock.advance(59_000);
    await node.leases.resume(lease);
    node.clock.advance(600_000);
    expect(node.registry.get(lease.sandboxId)?.state).toBe('leased');
    await node.leases.pause(lease);
    node.clock.advance(60_000);
    await until(() => node.registry.all().length === 0);
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).at(-1)).toMatchObject({ stopReason: 'inactivity' });
  });

  it('is not to be had where the node cannot do it, and it says why', async () => {
    const { node, lease } = await leased();
    const hibernate = { available: false, reason: 'this host has no swap' };
    Object.assign(node.driver.capabilities, { hibernate, pause: false });
    const refusal = { code: 'unimplemented', message: 'this host has no swap' };
    await expect(async () => node.leases.hibernate(lease)).rejects.toMatchObject(refusal);
    await expect(async () => node.leases.pause(lease)).rejects.toMatchObject({
      code: 'unimplemented',
    });
    expect(node.leases.use(lease).record.state).toBe('leased');
  });

  it('stays awake where that failed', async () => {
    const { node, lease, sandbox } = await leased();
    sandbox.hibernate = () => Promise.reject(new Error('swap is full'));
    await expect(node.leases.hibernate(lease)).rejects.toThrow('swap is full');
    expect(node.leases.begin(lease).lease.record.state).toBe('leased');
  });
});
