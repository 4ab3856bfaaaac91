import { PlatformError } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import {
  createTestNode,
  leaseRequest,
  never,
  storedEvents,
  type TestNode,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';

const lease = (node: TestNode, changed = {}) => node.leases.lease(leaseRequest(changed), never);

const gone = (node: TestNode) => until(() => node.registry.all().length === 0);

describe('a lease', () => {
  it('tells where the sandbox came from and what its start took', async () => {
    const node = createTestNode();
    const answer = await lease(node, { receivedAt: new Date(node.clock.now().getTime() - 5) });
    expect(answer).toMatchObject({ node: 'n1', template: 'python', fromWarmPool: false });
    expect(answer.acquisitionMs).toBe(5);
    expect(answer.phases?.totalMs).toBe(10);
    expect(answer.token).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it('is the same for one request id, asked at once or later', async () => {
    const node = createTestNode();
    const [a, b] = await Promise.all([
      lease(node, { requestId: 'r' }),
      lease(node, { requestId: 'r' }),
    ]);
    expect(b).toEqual(a);
    expect(await lease(node, { requestId: 'r' })).toEqual(a);
    expect(node.driver.created).toBe(1);
    node.leases.release(a);
    expect((await lease(node, { requestId: 'r' })).sandboxId).not.toBe(a.sandboxId);
  });

  it('goes on waiting while one of its callers does', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const first = new AbortController();
    const a = node.leases.lease(leaseRequest({ requestId: 'r' }), first.signal);
    const b = lease(node, { requestId: 'r' });
    first.abort(new PlatformError('cancelled', 'gone'));
    await expect(a).rejects.toMatchObject({ code: 'cancelled' });
    node.driver.pending[0]?.succeed();
    expect((await b).sandboxId).not.toBe('');
  });

  it('is nobody’s where every caller has gone', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const caller = new AbortController();
    const a = node.leases.lease(leaseRequest({ requestId: 'r' }), caller.signal);
    caller.abort(new PlatformError('cancelled', 'gone'));
    await expect(a).rejects.toMatchObject({ code: 'cancelled' });
    node.driver.pending[0]?.succeed();
    await quiet();
    expect(node.leases.size).toBe(0);
    node.clock.advance(10);
    await gone(node);
  });

  it('applies the limits asked for, and refuses those out of bounds by name', async () => {
    const node = createTestNode();
    await lease(node, { limits: { memoryMb: 64, cpus: 0, pids: 0 } });
    expect(node.driver.sandbox().limits).toEqual({ memoryBytes: 64 * 2 ** 20, cpus: 1, pids: 64 });
    expect(() =>
      lease(node, { limits: { memoryMb: 1, cpus: 0, pids: 0 }, ttlSeconds: -1 }),
    ).toThrow(
      expect.objectContaining({
        details: [
          expect.objectContaining({ field: 'limits.memory_mb' }),
          expect.objectContaining({ field: 'ttl_seconds' }),
        ],
      }),
    );
  });

  it.each([
    ['missing', ''],
    ['wrong', 'AAAAAAAAAAAAAAAAAAAAAA'],
  ])('refuses a token that is %s', async (_, token) => {
    const node = createTestNode();
    const { sandboxId } = await lease(node);
    for (const call of [
      () => node.leases.use({ sandboxId, token }),
      () => node.leases.release({ sandboxId, token }),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'permission_denied' }));
    }
    expect(node.leases.size).toBe(1);
  });

  it('ends once: a second release is a success, a stale token is refused', async () => {
    const node = createTestNode();
    const ref = await lease(node);
    node.leases.release(ref);
    node.leases.release(ref);
    expect(() => node.leases.use(ref)).toThrow(
      expect.objectContaining({
        code: 'permission_denied',
        message: expect.stringContaining('released'),
      }),
    );
    await gone(node);
    node.leases.release(ref);
    expect(node.driver.living.size).toBe(0);
  });

  it('does not know sandboxes of other nodes and earlier lives', () => {
    const node = createTestNode();
    for (const sandboxId of ['sb_n1_before_1', 'sb_n2_now_1', 'nonsense']) {
      const call = () => node.leases.release({ sandboxId, token: 't' });
      expect(call).toThrow(expect.objectContaining({ code: 'not_found' }));
    }
  });

  it('ends when it is idle, later for every use', async () => {
    const node = createTestNode();
    const ref = await lease(node, { idleTimeoutSeconds: 10 });
    node.clock.advance(9_000);
    node.leases.use(ref);
    node.clock.advance(9_000);
    expect(node.leases.size).toBe(1);
    node.clock.advance(1_000);
    await gone(node);
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).at(-1)).toMatchObject({
      type: 'stopped',
      stopReason: 'inactivity',
      userId: 'u',
      phases: { totalMs: 10 },
    });
  });

  it('ends when its time is over, whatever its use', async () => {
    const node = createTestNode();
    const ref = await lease(node, { ttlSeconds: 20, idleTimeoutSeconds: 15 });
    node.clock.advance(14_000);
    node.leases.use(ref);
    node.clock.advance(6_000);
    expect(() => node.leases.use(ref)).toThrow(
      expect.objectContaining({ code: 'permission_denied' }),
    );
    await gone(node);
  });

  it('ends when its sandbox does, and says whether memory ran out', async () => {
    const node = createTestNode();
    await lease(node);
    const sandbox = node.driver.sandbox();
    sandbox.used = { ...sandbox.used, oomKills: 1 };
    sandbox.vanish();
    await gone(node);
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).at(-1)).toMatchObject({ stopReason: 'resource_limit' });
  });

  it('pauses and resumes, each as often as one likes', async () => {
    const node = createTestNode();
    const ref = await lease(node);
    for (const state of ['paused', 'paused']) {
      expect((await node.leases.pause(ref)).state).toBe(state);
    }
    expect(node.driver.sandbox().isPaused).toBe(true);
    for (const state of ['leased', 'leased']) {
      expect((await node.leases.resume(ref)).state).toBe(state);
    }
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).map((event) => event.type)).toEqual([
      ...['requested', 'creating', 'starting', 'ready', 'leased', 'paused', 'resumed'],
    ]);
  });
});
