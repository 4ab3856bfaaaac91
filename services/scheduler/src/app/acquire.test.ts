import {
  AcquireSandboxRequest,
  type ExecRequest,
  type Lease,
  PlatformError,
  userMark,
} from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeNode } from '../testing/fake-node.ts';
import { caller, Rig } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

function wants(change: Partial<AcquireSandboxRequest> = {}): AcquireSandboxRequest {
  return AcquireSandboxRequest.create({ template: 'python', userId: 'u', ...change });
}

describe('acquire', () => {
  it('leases on a node and says what it took', async () => {
    const node = await rig.addNode('n1');
    const { acquire } = await rig.lead();
    const lease = await acquire.acquire(wants({ template: 'py', s3Bucket: 'b' }), caller);
    expect(lease).toMatchObject({ node: 'n1', template: 'python', acquisitionMs: 0 });
    const [order] = node.leases.values();
    expect(order).toMatchObject({ userId: 'u', s3Bucket: 'b', epoch: 1 });
    expect(order?.receivedAt).toEqual(rig.clock.now());
  });

  it('asks the next node when one is full or failed', async () => {
    const refusing = [
      new PlatformError('resource_exhausted', 'full'),
      new PlatformError('unavailable', 'draining'),
      new PlatformError('internal', 'broken'),
    ];
    for (const [index, refusal] of refusing.entries()) {
      await rig.addNode(`n${index}`, (node) => {
        node.refusals = [refusal];
      });
    }
    await rig.addNode('n9');
    const { acquire } = await rig.lead();
    expect(await acquire.acquire(wants(), caller)).toMatchObject({ node: 'n9' });
  });

  it('waits for room, first come first served, and users take turns', async () => {
    const node = await rig.addNode('n1', (it) => {
      it.sandboxSlots = 1;
    });
    const { acquire, leases } = await rig.lead();
    const held = await acquire.acquire(wants(), caller);
    const order: string[] = [];
    const wait = async (userId: string) => {
      const lease = await acquire.acquire(wants({ userId }), caller);
      order.push(userId);
      await leases.release(lease, caller);
      await node.report();
    };
    const waiting = ['a', 'a', 'b'].map(wait);
    await rig.settle();
    expect(order).toEqual([]);
    await leases.release(held, caller);
    await node.report();
    await rig.until(() => order.length === 3, 100);
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'a']);
  });

  it('ends the wait after 30 s and says what was missing', async () => {
    const { acquire } = await rig.lead();
    const outcome = Promise.allSettled([acquire.acquire(wants(), caller)]);
    await rig.settle();
    rig.clock.advance(30_000);
    expect(await outcome).toMatchObject([
      { reason: { code: 'resource_exhausted', message: expect.stringContaining('No node is up') } },
    ]);
  });

  it('ends at once where the only node has failed to start one, and says why', async () => {
    const problem = 'The application did not start. It wrote last:\nno such module';
    const broken = { ready: 0, problem };
    const node = await rig.addNode('n1', (it) => {
      it.pools = { python: { ready: 0 } };
      it.refusals = [new PlatformError('unavailable', 'broken')];
    });
    const { acquire } = await rig.lead();
    const refused = { code: 'unavailable', message: expect.stringContaining('no such module') };
    const outcome = Promise.allSettled([acquire.acquire(wants(), caller)]);
    await rig.settle();
    node.pools = { python: broken };
    await node.report();
    expect(await outcome).toMatchObject([{ reason: refused }]);
    await expect(acquire.acquire(wants(), caller)).rejects.toMatchObject(refused);
  });

  it('goes on waiting where another node is only full', async () => {
    await rig.addNode('n1', (it) => {
      it.pools = { python: { ready: 0, problem: 'broken' } };
    });
    const full = await rig.addNode('n2', (it) => {
      it.pools = { python: { ready: 0 } };
      it.sandboxSlots = 0;
    });
    const { acquire } = await rig.lead();
    const lease = acquire.acquire(wants(), caller);
    await rig.settle();
    full.sandboxSlots = 1;
    await full.report();
    expect(await lease).toMatchObject({ node: 'n2' });
  });

  it('tells the node how long it may wait, and passes on what that missed', async () => {
    const node = await rig.addNode('n1');
    const { acquire } = await rig.lead();
    let waitMs = 0;
    node.leaseSandbox = async (order) => {
      waitMs = order.waitMs;
      rig.clock.advance(order.waitMs);
      throw new PlatformError('resource_exhausted', 'It wrote last: compiling');
    };
    rig.clock.advance(0);
    await expect(acquire.acquire(wants(), caller)).rejects.toMatchObject({
      code: 'resource_exhausted',
      message: 'It wrote last: compiling',
    });
    expect(waitMs).toBe(30_000);
  });

  it('asks the node first that keeps a fresh sandbox for the user', async () => {
    await rig.addNode('n1');
    await rig.addNode('n2', (it) => {
      it.pools = { python: { ready: 0, reservedFor: [userMark('ann')] } };
    });
    const { acquire } = await rig.lead();
    const nodeOf = async (userId: string) =>
      (await acquire.acquire(wants({ userId }), caller)).node;
    expect([await nodeOf('ann'), await nodeOf('bob')]).toEqual(['n2', 'n1']);
  });

  it('waits no longer than its caller', async () => {
    const { acquire } = await rig.lead();
    const deadline = new Date(rig.clock.now().getTime() + 1_000);
    const outcome = Promise.allSettled([acquire.acquire(wants(), { ...caller, deadline })]);
    await rig.settle();
    rig.clock.advance(1_000);
    expect(await outcome).toMatchObject([{ reason: { code: 'resource_exhausted' } }]);
  });

  it('holds users to their limit, also after a change of leader', async () => {
    const node = await rig.addNode('n1');
    const bounds = { global: 10, perUser: 1 };
    const { acquire } = await rig.lead({ bounds });
    await acquire.acquire(wants(), caller);
    const next = await rig.lead({ bounds });
    const waiting = next.acquire.acquire(wants(), caller);
    expect(await next.acquire.acquire(wants({ userId: 'v' }), caller)).toBeDefined();
    await rig.settle();
    expect(node.leases.size).toBe(2);
    // The first lease ends on its node without a word to the scheduler.
    node.leases.delete([...node.leases.keys()][0] ?? '');
    await rig.until(async () => {
      await node.report();
      return node.leases.size === 2;
    }, 1_000);
    expect((await waiting).node).toBe('n1');
  });

  it.each<[string, Partial<AcquireSandboxRequest>, string]>([
    ['an unknown template', { template: 'perl' }, 'known are generic, javascript, python'],
    ['too much memory', { limits: { memoryMb: 2_049, cpus: 0, pids: 0 } }, 'limits.memory_mb:'],
    ['too long a life', { ttlSeconds: 90_000 }, 'ttl_seconds:'],
    ['a negative idle timeout', { idleTimeoutSeconds: -1 }, 'idle_timeout_seconds:'],
  ])('refuses %s, naming the field', async (_, change, message) => {
    const { acquire } = await rig.lead();
    await expect(acquire.acquire(wants(change), caller)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(message),
    });
  });
});

describe('acquire with a key', () => {
  const mine = wants({ idempotencyKey: 'k' });

  it('gives the same lease as long as it lives, also to callers at once and a new leader', async () => {
    const node = await rig.addNode('n1');
    const { acquire } = await rig.lead();
    const leases = await Promise.all([1, 2, 3].map(() => acquire.acquire(mine, caller)));
    const next = await rig.lead();
    leases.push(await next.acquire.acquire(mine, caller));
    expect(new Set(leases.map((lease: Lease) => lease.token)).size).toBe(1);
    expect(node.leases.size).toBe(1);
  });

  it('gives a new one when that has ended', async () => {
    const node = await rig.addNode('n1');
    const { acquire, leases } = await rig.lead();
    const first = await acquire.acquire(mine, caller);
    await leases.release(first, caller);
    await node.report();
    const second = await acquire.acquire(mine, caller);
    expect(second.sandboxId).not.toBe(first.sandboxId);
    expect(await acquire.acquire(mine, caller)).toMatchObject({ token: second.token });
  });

  it('is a conflict with another request, and another lease for another user', async () => {
    const node = await rig.addNode('n1');
    const { acquire } = await rig.lead();
    const first = await acquire.acquire(mine, caller);
    const other = acquire.acquire({ ...mine, template: 'generic' }, caller);
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    const theirs = await acquire.acquire({ ...mine, userId: 'v' }, caller);
    expect(theirs.sandboxId).not.toBe(first.sandboxId);
    expect(node.leases.size).toBe(2);
  });

  it('is free again after a failure', async () => {
    await rig.addNode('n1', (node) => {
      node.refusals = [new PlatformError('internal', 'broken')];
    });
    const { acquire } = await rig.lead();
    await expect(acquire.acquire(mine, caller)).rejects.toMatchObject({ code: 'internal' });
    expect(await acquire.acquire(mine, caller)).toMatchObject({ node: 'n1' });
  });
});

describe('calls on a lease', () => {
  it('go to its node, and to nobody once its incarnation is gone', async () => {
    await rig.addNode('n1');
    const { acquire, leases } = await rig.lead();
    const lease = await acquire.acquire(wants(), caller);
    expect(await leases.call('keepAlive', lease, caller)).toMatchObject({ state: 'leased' });
    expect((await leases.list('', caller)).sandboxes).toHaveLength(1);
    const reborn = new FakeNode(rig.bus, 'n1', 'i2');
    rig.nodes.set('n1', reborn);
    await reborn.report();
    await rig.settle();
    const call = leases.call('getSandbox', lease, caller);
    await expect(call).rejects.toMatchObject({ code: 'not_found' });
    expect(await leases.release(lease, caller)).toEqual({});
  });

  it('hands a command on with what is written to it', async () => {
    await rig.addNode('n1');
    const { acquire, leases } = await rig.lead();
    const lease = await acquire.acquire(wants(), caller);
    const told: string[] = [];
    for await (const { message } of leases.exec(requests(lease), caller)) {
      if (message?.$case === 'stdout') told.push(Buffer.from(message.stdout).toString());
    }
    expect(told).toEqual(['n1: cat', 'hello']);
  });

  it('refuses a command that does not begin with its start', async () => {
    const { leases } = await rig.lead();
    const stream = leases.exec(requests(undefined), caller);
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  async function* requests(lease: Lease | undefined): AsyncGenerator<ExecRequest> {
    if (lease !== undefined) {
      const { sandboxId, token } = lease;
      const start = {
        lease: { sandboxId, token },
        argv: ['cat'],
        env: {},
        cwd: '',
        timeoutSeconds: 0,
      };
      yield { message: { $case: 'start', start } };
    }
    yield { message: { $case: 'stdin', stdin: Buffer.from('hello') } };
  }
});
