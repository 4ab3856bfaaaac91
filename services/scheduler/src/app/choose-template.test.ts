import { AcquireSandboxRequest, type NodePool } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, Rig, submitRequest } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const node = (name: string, python: Partial<NodePool>) =>
  rig.addNode(name, (it) => {
    it.pools = { python };
  });
const wants = (version: string, template = 'python') =>
  AcquireSandboxRequest.create({ template, userId: 'u', version });

const missingTool = { problem: 'python3 is not on the path', unavailable: true, ready: 0 };

describe('a version', () => {
  it('leads to the nodes that have it', async () => {
    const old = await node('n1', { version: '3.9.18' });
    const recent = await node('n2', { version: '3.11.2' });
    const { acquire, executions } = await rig.lead();
    const lease = await acquire.acquire(wants('^3.10'), caller);
    expect(lease).toMatchObject({ node: 'n2', version: '3.11.2' });
    await executions.submit(submitRequest({ executionId: 'old', version: '3.9' }), caller);
    await rig.until(() => old.runs.size === 1);
    expect(recent.runs.size).toBe(0);
  });

  it('that is nowhere is refused with those that are', async () => {
    await node('n1', { version: '3.11.2' });
    const { acquire, executions } = await rig.lead();
    const there = { field: 'version', problem: '"2.7" is not there; there are 3.11.2' };
    const refusal = { code: 'invalid_argument', details: [there] };
    await expect(acquire.acquire(wants('2.7'), caller)).rejects.toMatchObject(refusal);
    const submitted = executions.submit(submitRequest({ version: '2.7' }), caller);
    await expect(submitted).rejects.toMatchObject(refusal);
    await rig.publish('e1', { version: '2.7' });
    await rig.until(async () => (await rig.result('e1')) !== undefined);
    expect(await rig.result('e1')).toMatchObject({
      status: 'rejected',
      message: 'version: "2.7" is not there; there are 3.11.2',
    });
  });

  it('is waited for while a node gets ready, at the door for a moment only', async () => {
    const slow = await node('n1', { preparing: 'npm ci' });
    const { acquire } = await rig.lead();
    const late = expect(acquire.acquire(wants('3'), caller)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no node has told of any'),
    });
    await rig.settle();
    rig.clock.advance(3_000);
    await late;
    await slow.report();
    const inTime = acquire.acquire(wants('3'), caller);
    await rig.publish('e1', { version: '3' });
    await rig.settle();
    expect(slow.runs.size).toBe(0);
    slow.pools = { python: { version: '3.11.2' } };
    await slow.report();
    expect(await inTime).toMatchObject({ version: '3.11.2' });
    await rig.until(() => slow.runs.size === 1);
  });
});

describe('a template that no node can make', () => {
  it('is refused at once with the reason, however it is asked for', async () => {
    const broken = await node('n1', missingTool);
    const { acquire, executions } = await rig.lead();
    const refusal = {
      code: 'unavailable',
      message: '"python" is unavailable: python3 is not on the path',
      retry: { kind: 'after', ms: 60_000 },
    };
    await expect(acquire.acquire(wants(''), caller)).rejects.toMatchObject(refusal);
    await expect(executions.submit(submitRequest(), caller)).rejects.toMatchObject(refusal);
    await rig.publish('e1');
    await rig.until(async () => (await rig.result('e1')) !== undefined);
    expect(await rig.result('e1')).toMatchObject({
      ...{ status: 'rejected', retryable: true },
      message: expect.stringContaining(refusal.message),
    });
    expect(await acquire.acquire(wants('', 'generic'), caller)).toMatchObject({ node: 'n1' });
    expect(broken.ordered).toEqual([]);
  });

  it('sends those away who wait for it when that is found out', async () => {
    const found = await node('n1', { preparing: 'looking for python3', ready: 0 });
    found.sandboxSlots = 0;
    await found.report();
    const { acquire, executions } = await rig.lead();
    const waiting = expect(acquire.acquire(wants(''), caller)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await executions.submit(submitRequest({ executionId: 'queued' }), caller);
    found.pools = { python: missingTool };
    await found.report();
    await waiting;
    await rig.until(async () => (await rig.result('queued')) !== undefined, 100);
    expect(await rig.result('queued')).toMatchObject({
      status: 'rejected',
      message: expect.stringContaining('python3 is not on the path'),
    });
  });

  it('is no obstacle where another node can', async () => {
    await node('n1', missingTool);
    await node('n2', { version: '3.11.2' });
    const { acquire } = await rig.lead();
    expect(await acquire.acquire(wants(''), caller)).toMatchObject({ node: 'n2' });
  });
});

it('a run waits in the queue, not at a node, while its template is prepared', async () => {
  const slow = await node('n1', { preparing: 'npm ci', ready: 0 });
  const { executions } = await rig.lead();
  await executions.submit(submitRequest({ executionId: 'e1' }), caller);
  await executions.submit(submitRequest({ executionId: 'e2', language: 'javascript' }), caller);
  await rig.until(() => slow.runs.size === 1);
  expect(slow.ordered).toEqual(['e2/1']);
  slow.pools = {};
  await slow.report();
  await rig.until(() => slow.runs.size === 2);
});
