import {
  AcquireSandboxRequest,
  DeadRequest,
  fromJsonBytes,
  type Principal,
  subjectFilter,
} from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, collect, Rig, submitRequest } from '../testing/rig.ts';
import type { Caller } from './ports.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const as = (principal: Principal): Caller => ({ ...caller, principal });
const request = (change: Parameters<typeof submitRequest>[0] = {}) =>
  submitRequest({ userId: '', ...change });

describe('a key of a project', () => {
  it('speaks for the project and its users, and for nobody else', async () => {
    const blue = as(rig.addProject('blue'));
    const { acquire, executions } = await rig.lead();
    const node = await rig.addNode('n1');
    for (const [executionId, userId, resolved] of [
      ['e1', '', 'blue'],
      ['e2', 'ann', 'blue:ann'],
    ] as const) {
      await executions.submit(request({ executionId, userId }), blue);
      expect(await executions.get(executionId, blue)).toMatchObject({
        ...{ userId: resolved, language: 'python', queuedAt: expect.any(Date) },
      });
    }
    const lease = await acquire.acquire(wanted({ userId: 'ann' }), blue);
    expect(node.leases.get(lease.sandboxId)?.userId).toBe('blue:ann');
    const denied = { code: 'permission_denied' };
    await expect(executions.submit(request({ userId: 'red:bob' }), blue)).rejects.toMatchObject(
      denied,
    );
    await expect(acquire.acquire(wanted({ userId: 'red:bob' }), blue)).rejects.toMatchObject(
      denied,
    );
  });

  it('has idempotency keys of its own', async () => {
    const { executions } = await rig.lead();
    const [blue, red] = [as(rig.addProject('blue')), as(rig.addProject('red'))];
    const keyed = request({ idempotencyKey: 'k' });
    const first = await executions.submit(keyed, blue);
    expect(await executions.submit({ ...keyed, userId: 'blue' }, blue)).toMatchObject({
      ...{ executionId: first.executionId, duplicate: true },
    });
    expect((await executions.submit(keyed, red)).executionId).not.toBe(first.executionId);
  });

  it('finds no execution of another project, before and after its end', async () => {
    const node = await rig.addNode('n1');
    const { executions } = await rig.lead();
    const [blue, red] = [as(rig.addProject('blue')), as(rig.addProject('red'))];
    await executions.submit(request({ executionId: 'e1' }), blue);
    const message = await refusalOf(executions.get('e2', red));
    const expectNotFound = async () => {
      const calls: readonly (() => Promise<unknown>)[] = [
        () => executions.get('e1', red),
        () => executions.cancel('e1', red),
        () => executions.sendInput({ executionId: 'e1' }, red),
        () => collect(executions.watch('e1', 0, red)).done,
      ];
      for (const call of calls) {
        const expected = { code: 'not_found', message: message.replace('e2', 'e1') };
        await expect(call()).rejects.toMatchObject(expected);
      }
    };
    await rig.until(() => node.runs.size === 1);
    await expectNotFound();
    await node.finish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    await expectNotFound();
    expect(await executions.get('e1', blue)).toMatchObject({ status: 'completed' });
    expect(await executions.get('e1', caller)).toMatchObject({ status: 'completed' });
  });

  it('sees its own sandboxes, and has no use for the token of another', async () => {
    const node = await rig.addNode('n1');
    const { acquire, leases } = await rig.lead();
    const [blue, red] = [as(rig.addProject('blue')), as(rig.addProject('red'))];
    const lease = await acquire.acquire(wanted(), blue);
    await acquire.acquire(wanted(), red);
    const { sandboxes } = await leases.list('', red);
    expect(sandboxes.map(({ userId }) => userId)).toEqual(['red']);
    expect((await leases.list('', caller)).sandboxes).toHaveLength(2);
    await expect(leases.call('keepAlive', lease, red)).rejects.toMatchObject({ code: 'not_found' });
    await leases.release(lease, red);
    expect(node.leases.size).toBe(2);
    await leases.release(lease, blue);
    expect(node.leases.size).toBe(1);
  });
});

describe('the plan of a project', () => {
  it('gives executions their priority and defaults, and says what is more than it has', async () => {
    const blue = as(rig.addProject('blue', { priority: 'low', timeout: 5, memoryLimit: 128 }));
    const node = await rig.addNode('n1');
    const { executions } = await rig.lead();
    await executions.submit(request(), blue);
    await rig.until(() => node.runs.size === 1);
    const [run] = node.runs.values();
    expect(run?.request.request).toMatchObject({ priority: 'low', timeout: 5, memoryLimit: 128 });
    await expect(executions.submit(request({ priority: 'normal' }), blue)).rejects.toMatchObject({
      ...{ code: 'permission_denied', details: [{ field: 'priority' }] },
    });
    const greedy = executions.submit(request({ timeout: 6, memoryLimit: 129 }), blue);
    await expect(greedy).rejects.toMatchObject({
      code: 'invalid_argument',
      details: [
        { field: 'timeout', problem: 'must be at most 5 seconds in the plan "small"' },
        { field: 'memory_limit', problem: 'must be at most 128 MB in the plan "small"' },
      ],
    });
  });

  it('bounds what a user has in use, however the requests came', async () => {
    const blue = as(rig.addProject('blue', { concurrentExecutions: 1 }));
    const node = await rig.addNode('n1');
    await rig.publish('a1', { userId: 'ann' }, 'blue');
    await rig.publish('a2', { userId: 'ann' }, 'blue');
    await rig.publish('b1', { userId: 'blue:bob' });
    const { acquire, executions } = await rig.lead();
    await rig.until(() => node.ordered.length === 2);
    await rig.settle();
    expect(node.ordered.toSorted()).toEqual(['a1/1', 'b1/1']);
    expect(await executions.get('a2', blue)).toMatchObject({ status: 'queued' });
    const refusal = await refusalOf(acquire.acquire(wanted({ userId: 'ann' }), blue));
    expect(refusal).toMatch(/^This user has 1 sandboxes in use/);
  });

  it('bounds how many wait, and says when to ask again', async () => {
    const blue = as(rig.addProject('blue', { queuedExecutions: 2 }));
    const { executions } = await rig.lead();
    const submitted = await Promise.allSettled(
      ['e1', 'e2', 'e3'].map((executionId) => executions.submit(request({ executionId }), blue)),
    );
    expect(submitted.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(executions.submit(request(), blue)).rejects.toMatchObject({
      ...{ code: 'resource_exhausted', message: 'Concurrent execution limit reached' },
      retry: { kind: 'after', ms: 1_000 },
    });
    await rig.publish('e4', { userId: 'ann' }, 'blue');
    await rig.until(() => rig.result('e4'));
    expect(await rig.result('e4')).toMatchObject({ status: 'rejected', retryable: true });
    await executions.cancel('e1', blue);
    await executions.submit(request({ executionId: 'e5' }), blue);
  });
});

describe('a publisher of a project', () => {
  it('runs in the name of the project, also where the body is read again', async () => {
    const blue = as(rig.addProject('blue', { timeout: 5 }));
    const node = await rig.addNode('n1');
    const { executions } = await rig.lead({ bodyBudgetBytes: 0 });
    await rig.publish('e1', { userId: 'ann' }, 'blue');
    await rig.until(() => node.runs.size === 1);
    const [run] = node.runs.values();
    expect(run?.request.request).toMatchObject({ userId: 'blue:ann', timeout: 5 });
    await node.finish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    expect(await executions.get('e1', blue)).toMatchObject({ status: 'completed' });
  });

  it('gets a result that says what was wrong, and a copy is kept', async () => {
    const blue = as(rig.addProject('blue'));
    const { executions } = await rig.lead();
    await rig.publish('e1', { userId: 'red:bob' }, 'blue');
    await rig.until(() => rig.result('e1'));
    expect(await executions.get('e1', blue)).toMatchObject({
      ...{ status: 'rejected', userId: 'blue' },
      result: { message: expect.stringContaining('"red:bob" is no user of the project "blue"') },
    });
    const [kept] = await deadRequests();
    expect(kept).toMatchObject({ subject: 'exec.project.blue.normal.python' });
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
  });
});

/** What a call is refused with, however long it waits before. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  let message: string | undefined;
  call.then(
    () => expect.fail('It was not refused.'),
    (thrown: Error) => {
      message = thrown.message;
    },
  );
  await rig.until(() => message !== undefined, 1_000);
  return message ?? '';
}

async function deadRequests(): Promise<DeadRequest[]> {
  const enough = new AbortController();
  const all = rig.bus.follow('EXEC_DEAD', subjectFilter('executionDead'), 'first', enough.signal);
  const dead: DeadRequest[] = [];
  for await (const { data, pending } of all) {
    dead.push(fromJsonBytes(DeadRequest, data));
    if (pending === 0) break;
  }
  return dead;
}

function wanted(change: Partial<AcquireSandboxRequest> = {}): AcquireSandboxRequest {
  return AcquireSandboxRequest.create({ template: 'python', ...change });
}
