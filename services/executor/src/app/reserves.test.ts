import { type Lease, PlatformError, type Template } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTestNode,
  leaseRequest,
  never,
  runRequest,
  storedEvents,
  type TestNode,
  type TestNodeOptions,
  template,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';

const resetting = (): Template => ({ ...template('python'), reuse: 'reset' });

function node(options: TestNodeOptions = {}): TestNode {
  const made = createTestNode(options);
  made.stock.setCatalogue(
    new Map([
      ['python', resetting()],
      ['generic', template('generic')],
    ]),
  );
  return made;
}

const lease = async (on: TestNode, userId: string, changed = {}) =>
  on.leases.lease(leaseRequest({ userId, idleTimeoutSeconds: 60, ...changed }), never);

const reserved = (on: TestNode) =>
  on.registry
    .all()
    .filter(({ state, reservedFor }) => state === 'ready' && reservedFor !== undefined);

/** Leases and releases, until a fresh one waits. */
async function withReserve(userId = 'ann', options: TestNodeOptions = {}) {
  const on = node(options);
  const first = await lease(on, userId);
  on.leases.release(first);
  await until(() => reserved(on).length === 1);
  return { on, first };
}

const settled = async (on: TestNode) => {
  for (let turn = 0; turn < 5; turn += 1) {
    await quiet();
    on.clock.advance(10);
  }
};

describe('reuse: reset', () => {
  it('destroys what was given back, and has a fresh one wait for the same user', async () => {
    const { on, first } = await withReserve();
    expect(on.driver.living.has(first.sandboxId)).toBe(false);
    const [waiting] = reserved(on);
    expect(on.stock.pools[0]?.ready ?? []).toEqual([]);
    expect(on.registry.census().all).toBe(1);
    const again = await lease(on, 'ann');
    expect(again).toMatchObject({ sandboxId: waiting?.id, fromWarmPool: true });
    expect(on.driver.created).toBe(2);
  });

  it('is for nobody else', async () => {
    const { on } = await withReserve();
    const [waiting] = reserved(on);
    expect(['python', 'generic'].map((name) => on.stock.reservedFor(name))).toEqual([['ann'], []]);
    const other = await lease(on, 'bob');
    expect(other.sandboxId).not.toBe(waiting?.id);
    expect(reserved(on)).toEqual([waiting]);
    await lease(on, 'ann');
    expect(on.stock.reservedFor('python')).toEqual([]);
  });

  it('is not for a run of the same user', async () => {
    const { on } = await withReserve();
    const [waiting] = reserved(on);
    on.runs.start(runRequest('e1', { userId: 'ann' }));
    await until(() => on.driver.created === 3);
    await quiet();
    expect(reserved(on)).toEqual([waiting]);
  });

  it('is given up after the idle timeout of the lease before it', async () => {
    const { on } = await withReserve();
    on.clock.advance(59_999);
    await quiet();
    expect(reserved(on)).toHaveLength(1);
    on.clock.advance(1);
    await until(() => on.registry.all().length === 0);
    await on.outbox.flushed();
    const last = (await storedEvents(on.bus)).at(-1);
    expect(last).toMatchObject({ type: 'stopped', stopReason: 'inactivity', userId: '' });
  });

  it.each<[string, (on: TestNode) => Promise<void>]>([
    [
      'a lease that ended by itself',
      async (on) => {
        await lease(on, 'ann');
        on.clock.advance(60_000);
      },
    ],
    [
      'a sandbox that died',
      async (on) => {
        await lease(on, 'ann');
        on.driver.sandbox().vanish();
      },
    ],
    [
      'a template that is not reset',
      async (on) => on.leases.release(await lease(on, 'ann', { template: 'generic' })),
    ],
    ['a lease of nobody', async (on) => on.leases.release(await lease(on, ''))],
    [
      'a sandbox that cannot be destroyed',
      async (on) => {
        const given = await lease(on, 'ann');
        on.driver.sandbox().destroy = () => Promise.reject(new Error('stuck'));
        on.leases.release(given);
      },
    ],
    [
      'a template that has gone',
      async (on) => {
        const given = await lease(on, 'ann');
        on.stock.setCatalogue(new Map());
        on.leases.release(given);
      },
    ],
    [
      'a node that drains',
      async (on) => {
        const given = await lease(on, 'ann');
        await on.stock.close();
        on.leases.release(given);
      },
    ],
  ])('makes none for %s', async (_, happens) => {
    const on = node();
    await happens(on);
    await settled(on);
    expect(reserved(on)).toEqual([]);
    expect(on.driver.created).toBe(1);
  });

  it('makes one for a user who gives two back', async () => {
    const on = node();
    const both = [await lease(on, 'ann'), await lease(on, 'ann')];
    for (const given of both) on.leases.release(given);
    await until(() => reserved(on).length === 1);
    await settled(on);
    expect(on.driver.created).toBe(3);
  });

  it('keeps nothing where making it failed', async () => {
    const on = node();
    const given = await lease(on, 'ann');
    on.driver.isPrompt = false;
    on.leases.release(given);
    await until(() => on.driver.pending.length === 1);
    on.driver.pending[0]?.fail(new PlatformError('internal', 'bad luck'));
    await until(() => on.registry.all().length === 0);
    await settled(on);
    expect(on.driver.created).toBe(2);
  });

  it('makes room for callers: none where the node is full, and those that wait are given up', async () => {
    const { on } = await withReserve('ann', { sandboxSlots: 2 });
    await lease(on, 'bob');
    const [waiting] = reserved(on);
    const third = lease(on, 'cid');
    await until(() => !on.driver.living.has(waiting?.id ?? ''));
    on.clock.advance(0);
    expect((await third).sandboxId).not.toBe(waiting?.id);
    on.leases.release(await third);
    await until(() => reserved(on).length === 1);
  });

  it('comes after callers that wait', async () => {
    const on = node({ maxConcurrentCreates: 1 });
    const given = await lease(on, 'ann');
    on.driver.isPrompt = false;
    const waiting = [lease(on, 'bob'), lease(on, 'cid')];
    on.leases.release(given);
    await until(() => on.driver.pending.length === 1);
    await settled(on);
    on.driver.pending[0]?.succeed();
    await waiting[0];
    await until(() => on.driver.pending.length === 1);
    on.driver.pending[0]?.succeed();
    await waiting[1];
    expect(reserved(on)).toEqual([]);
  });

  it('replaces nothing that died while it waited, and goes with its template', async () => {
    const { on } = await withReserve();
    on.driver.sandbox().vanish();
    await until(() => on.registry.all().length === 0);
    const { on: other } = await withReserve();
    other.stock.setCatalogue(new Map([['python', resetting()]]));
    await until(() => other.registry.all().length === 0);
  });

  it('is never taken by another user, whatever happens', async () => {
    const users = fc.constantFrom('ann', 'bob', 'cid');
    const steps = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('lease' as const), user: users }) },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(5) }),
      },
      fc.record({ kind: fc.constant('want' as const), warm: fc.nat(3) }),
      fc.record({ kind: fc.constant('die' as const), which: fc.nat(5) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(10, 30_000, 60_000) }),
      fc.record({ kind: fc.constant('catalogue' as const) }),
    );
    // Every history begins with a reserve that its user takes, so that none says nothing.
    const beginning = [
      { kind: 'lease' as const, user: 'ann' },
      { kind: 'release' as const, which: 0 },
      { kind: 'wait' as const, ms: 10 },
      { kind: 'lease' as const, user: 'ann' },
    ];
    const histories = fc.array(steps, { maxLength: 40 }).map((rest) => [...beginning, ...rest]);
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (given) => {
        const on = node({ sandboxSlots: 5 });
        const leases: (Lease & { user: string })[] = [];
        const pending: Promise<void>[] = [];
        for (const step of given) {
          if (step.kind === 'lease') {
            const work = lease(on, step.user).then(
              (got) => void leases.push({ ...got, user: step.user }),
              (error: unknown) =>
                expect(['resource_exhausted', 'unavailable']).toContain(
                  PlatformError.from(error).code,
                ),
            );
            pending.push(work);
          } else if (step.kind === 'release') {
            const [got] = leases.splice(step.which, 1);
            if (got !== undefined) on.leases.release(got);
          } else if (step.kind === 'want') {
            on.stock.setTargets([{ template: 'python', warm: step.warm, ttlSeconds: 3_600 }]);
          } else if (step.kind === 'die') [...on.driver.living.values()][step.which]?.vanish();
          else if (step.kind === 'wait') on.clock.advance(step.ms);
          else on.stock.setCatalogue(new Map([['python', resetting()]]));
          await quiet(12);
          for (const { reservedFor, holder, state } of on.registry.all()) {
            if (reservedFor === undefined || holder === undefined) continue;
            expect(holder.userId).toBe(reservedFor);
            if (state === 'leased') taken += 1;
          }
          for (const pool of on.stock.pools) {
            expect(pool.ready.filter(({ reservedFor }) => reservedFor !== undefined)).toEqual([]);
          }
          expect(on.registry.census().all).toBeLessThanOrEqual(5);
          const waiting = reserved(on).map(({ reservedFor }) => reservedFor);
          expect(new Set(waiting).size).toBe(waiting.length);
        }
        const closed = on.stock.close();
        on.leases.endAll();
        await closed;
        await Promise.all(pending);
        on.leases.endAll();
        await until(() => on.registry.all().length === 0);
        expect(on.driver.living.size).toBe(0);
      }),
      { numRuns: 80 },
    );
    expect(taken).toBeGreaterThanOrEqual(80);
  });
});
