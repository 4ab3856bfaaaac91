import type { Template } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import type { ProbeOutcome } from '../domain/health.ts';
import {
  createTestNode,
  leaseRequest,
  never,
  storedEvents,
  template,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';

const probe = { port: 3_000, path: '/health', period_seconds: 1, failure_threshold: 3 };
const application: Template = { ...template('web'), probe };
const silent: ProbeOutcome = { kind: 'silent', detail: 'nobody listens' };

function createNode() {
  const node = createTestNode();
  node.stock.setCatalogue(new Map([['web', application]]));
  const sandboxes = () => [...node.driver.living.values()];
  /** Moves time on in steps in which everything that is due can happen. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      node.clock.advance(50);
      await quiet(5);
    }
  };
  const keepOne = () => {
    node.stock.setTargets([{ template: 'web', warm: 1, ttlSeconds: 1_000 }]);
    node.clock.advance(10);
  };
  const ready = () => node.stock.pools.find((pool) => pool.template === 'web')?.ready ?? [];
  const lease = () => node.leases.lease(leaseRequest({ template: 'web', requestId: 'r' }), never);
  return { ...node, sandboxes, pass, keepOne, ready, lease };
}

type Node = ReturnType<typeof createNode>;

/** A creation begins, and its application answers so from its first look on. */
async function begun(node: Node, answer: ProbeOutcome | 'late') {
  node.driver.isPrompt = false;
  node.keepOne();
  await until(() => node.driver.pending.length > 0);
  node.driver.pending[0]?.succeed();
  const sandbox = node.driver.sandbox();
  sandbox.answer = answer;
  await quiet();
  return sandbox;
}

const problemOf = (node: Node) =>
  node.stock.pools.find((pool) => pool.template === 'web')?.breaker.problem;

describe('the start of an application', () => {
  it('is over with its first good answer, and that time is app_init', async () => {
    const node = createNode();
    const sandbox = await begun(node, silent);
    await node.pass(400);
    expect(node.ready()).toEqual([]);
    sandbox.answer = { kind: 'answered', status: 204 };
    await node.pass(50);
    const [record] = node.ready();
    expect(record?.phases?.appInitMs).toBeGreaterThanOrEqual(404);
    expect(record?.phases?.appInitMs).toBeLessThanOrEqual(504);
    const { totalMs = 0, ...phases } = record?.phases ?? {};
    expect(Object.values(phases).reduce((sum, ms) => sum + ms, 0)).toBe(totalMs);
    expect(record?.health).toMatchObject({ status: 'healthy' });
  });

  it.each<[string, ProbeOutcome | 'late', string]>([
    ['nobody listens', silent, 'nobody listens'],
    ['the answer is late', 'late', 'no answer within 0.9 s'],
    ['the answer is bad', { kind: 'answered', status: 500 }, 'it answered with status 500'],
  ])('fails when its periods are over: %s', async (_, answer, problem) => {
    const node = createNode();
    const sandbox = await begun(node, answer);
    sandbox.stdout.write('listening\n');
    sandbox.stderr.write('\u001b[31mbad port\u001b[0m\n');
    await node.pass(2_900);
    expect(sandbox.isDestroyed).toBe(false);
    await node.pass(200);
    expect(sandbox.isDestroyed).toBe(true);
    expect(problemOf(node)).toBe(
      `The application did not start: no good answer within 3 s: ${problem}. It wrote last:\nlistening\nbad port`,
    );
  });

  it.each([
    [{ kind: 'exited', code: 3 } as const, 'it ended with exit code 3'],
    [{ kind: 'signalled', signal: 'SIGSEGV' } as const, 'it was ended by SIGSEGV'],
  ])('fails at once when its server ends: %j', async (exit, words) => {
    const node = createNode();
    const sandbox = await begun(node, silent);
    sandbox.stderr.write('no such module');
    sandbox.finish(exit);
    await node.pass(50);
    expect(sandbox.isDestroyed).toBe(true);
    expect(problemOf(node)).toContain(`${words}. It wrote last:\nno such module`);
  });

  it('that fails trips the breaker and is told to the caller', async () => {
    const node = createNode();
    node.driver.isPrompt = false;
    const leased = node.lease();
    await until(() => node.driver.pending.length > 0);
    node.driver.pending[0]?.succeed();
    node.driver.sandbox().answer = silent;
    node.driver.sandbox().finish({ kind: 'exited', code: 1 });
    await expect(leased).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('it ended with exit code 1. It wrote nothing.'),
    });
    await expect(node.lease()).rejects.toMatchObject({ code: 'unavailable' });
    expect(node.driver.created).toBe(1);
    await until(() => node.registry.all().length === 0);
  });

  it.each([
    ['compiling\n', 'It wrote last:\ncompiling'],
    ['', 'It has written nothing.'],
  ])('that outlasts the wait of a caller is told as it is by then: %j', async (written, said) => {
    const node = createNode();
    node.driver.isPrompt = false;
    const request = leaseRequest({ template: 'web', requestId: 'r', waitMs: 1_000 });
    const leased = Promise.allSettled([node.leases.lease(request, never)]);
    await until(() => node.driver.pending.length > 0);
    node.driver.pending[0]?.succeed();
    node.driver.sandbox().answer = silent;
    node.driver.sandbox().stdout.write(written);
    await node.pass(1_000);
    expect(await leased).toMatchObject([
      { reason: { code: 'resource_exhausted', message: expect.stringContaining(said) } },
    ]);
    expect(problemOf(node)).toBe('');
  });

  it('is called off when the node drains', async () => {
    const node = createNode();
    const sandbox = await begun(node, silent);
    const closed = node.stock.close();
    await node.pass(100);
    await closed;
    expect(sandbox.isDestroyed).toBe(true);
  });
});

describe('the health of an application', () => {
  const warm = async () => {
    const node = createNode();
    node.keepOne();
    await until(() => node.ready().length === 1);
    return node;
  };

  it('is looked at once in a period', async () => {
    const node = await warm();
    const sandbox = node.driver.sandbox();
    expect(sandbox.looks).toBe(1);
    await node.pass(5_000);
    expect(sandbox.looks).toBe(6);
  });

  it('replaces a warm one that is silent three times', async () => {
    const node = await warm();
    const [old] = node.ready();
    node.driver.sandbox().answer = silent;
    await node.pass(2_050);
    expect(node.ready()).toEqual([old]);
    await node.pass(1_100);
    expect(old).toMatchObject({
      ...{ state: 'stopped', stopReason: 'error', detail: 'unhealthy: nobody listens' },
    });
    await until(() => node.ready().length === 1);
    expect(node.driver.created).toBe(2);
  });

  it('is only told of a leased one, also when it is well again', async () => {
    const node = await warm();
    const { sandboxId } = await node.lease();
    const sandbox = node.driver.sandbox(sandboxId);
    sandbox.answer = 'late';
    await node.pass(9_100);
    expect(node.registry.get(sandboxId)).toMatchObject({
      state: 'leased',
      health: { status: 'unhealthy', detail: 'no answer within 2 s' },
    });
    sandbox.answer = { kind: 'answered', status: 200 };
    await node.pass(3_100);
    expect(node.registry.get(sandboxId)?.health).toMatchObject({ status: 'healthy' });
    await node.outbox.flushed();
    const told = (await storedEvents(node.bus)).filter((event) => event.type.endsWith('healthy'));
    expect(told.map(({ type, detail, requestId }) => [type, detail, requestId])).toEqual([
      ['unhealthy', 'unhealthy: no answer within 2 s', 'r'],
      ['healthy', '', 'r'],
    ]);
  });

  it('is recorded once as its availability, with its first good answer, however it goes on', async () => {
    const node = createNode();
    const sandbox = await begun(node, silent);
    await node.pass(500);
    sandbox.answer = { kind: 'answered', status: 200 };
    await node.pass(50);
    const readyAt = node.clock.now();
    const { sandboxId } = await node.lease();
    const availableAt = node.clock.now();
    for (const answer of [silent, { kind: 'answered', status: 200 } as const, silent]) {
      sandbox.answer = answer;
      await node.pass(4_000);
    }
    await node.outbox.flushed();
    const events = await storedEvents(node.bus);
    const told = events.filter((event) => event.sandboxId === sandboxId);
    expect(told.map(({ type }) => type)).toEqual([
      ...['requested', 'creating', 'starting', 'ready', 'leased'],
      ...['unhealthy', 'healthy', 'unhealthy'],
    ]);
    for (const event of told.slice(told.findIndex(({ type }) => type === 'leased'))) {
      expect(event).toMatchObject({ readyAt, availableAt });
    }
  });

  it('of a paused one is not looked at', async () => {
    const node = await warm();
    const { sandboxId, token } = await node.lease();
    const sandbox = node.driver.sandbox(sandboxId);
    await node.leases.pause({ sandboxId, token });
    sandbox.answer = silent;
    const { looks } = sandbox;
    await node.pass(10_000);
    expect(sandbox.looks).toBe(looks);
    sandbox.answer = { kind: 'answered', status: 200 };
    await node.leases.resume({ sandboxId, token });
    await node.pass(1_050);
    expect(sandbox.looks).toBe(looks + 1);
    expect(node.registry.get(sandboxId)?.health?.status).toBe('healthy');
  });

  it('is not looked at any more once its sandbox is gone', async () => {
    const node = await warm();
    const { sandboxId, token } = await node.lease();
    const sandbox = node.driver.sandbox(sandboxId);
    node.leases.release({ sandboxId, token });
    await until(() => sandbox.isDestroyed);
    const { looks } = sandbox;
    await node.pass(5_000);
    expect(sandbox.looks).toBe(looks);
  });

  it('tells what a leased one wrote last when it ends by itself', async () => {
    const node = await warm();
    const { sandboxId } = await node.lease();
    const record = node.registry.get(sandboxId);
    const sandbox = node.driver.sandbox(sandboxId);
    sandbox.stderr.write('out of ideas');
    await quiet();
    sandbox.finish({ kind: 'exited', code: 1 });
    await until(() => record?.state === 'stopped');
    expect(record?.detail).toContain('wrote last:\nout of ideas');
  });
});
