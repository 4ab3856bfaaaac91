import { Entitlements, type ExecutionInput, type Principal } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, Rig } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const line = (executionId: string): ExecutionInput => ({
  ...{ executionId, input: { $case: 'data', data: Buffer.from('line') } },
});

const key = (project: string): Principal => ({
  ...{ keyHash: project, keyId: project, project, userId: '', role: 'project' },
  entitlements: Entitlements.create(),
});

/** An execution of a user of the project acme, on its node. */
async function running() {
  const node = await rig.addNode('n1');
  const { executions } = await rig.lead();
  await rig.publish('e1', { userId: 'acme:ann', interactive: true });
  await rig.until(() => node.runs.size === 1);
  return { node, executions };
}

describe('input', () => {
  it('goes to the node where the execution runs, as it came', async () => {
    const { node, executions } = await running();
    const other = await rig.addNode('n2');
    const signal: ExecutionInput = {
      executionId: 'e1',
      input: { $case: 'signal', signal: 'SIGINT' },
    };
    await executions.sendInput(line('e1'), caller);
    await executions.sendInput(signal, caller);
    expect(node.inputs).toEqual([line('e1'), signal]);
    expect(other.inputs).toEqual([]);
  });

  it('finds the node of what runs already when a new leader takes over', async () => {
    const { node } = await running();
    const { executions } = await rig.lead();
    await rig.until(async () => (await executions.get('e1', caller)).status === 'running');
    await executions.sendInput(line('e1'), caller);
    expect(node.inputs).toEqual([line('e1')]);
  });

  it('has to wait where the execution waits, and says so', async () => {
    const { executions } = await rig.lead();
    await rig.publish('e1');
    await rig.until(async () => (await executions.get('e1', caller)).status === 'queued');
    await expect(executions.sendInput(line('e1'), caller)).rejects.toMatchObject({
      ...{ code: 'failed_precondition', retry: { kind: 'after' } },
    });
  });

  it('comes too late once there is a result', async () => {
    const { node, executions } = await running();
    await node.finish('e1');
    await rig.until(() => rig.result('e1'));
    await rig.until(async () => (await executions.get('e1', caller)).status === 'completed');
    await expect(executions.sendInput(line('e1'), caller)).rejects.toMatchObject({
      ...{ code: 'failed_precondition', retry: { kind: 'never' } },
    });
  });

  it('is taken from whoever may access the execution alone', async () => {
    const { node, executions } = await running();
    const foreign = executions.sendInput(line('e1'), { ...caller, principal: key('other') });
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' });
    await executions.sendInput(line('e1'), { ...caller, principal: key('acme') });
    expect(node.inputs).toHaveLength(1);
  });

  it('is not sent a second time where the node does not answer', async () => {
    const { node, executions } = await running();
    node.stalled = true;
    const leaving = new AbortController();
    const sent = executions.sendInput(line('e1'), { ...caller, signal: leaving.signal });
    leaving.abort(new Error('gone'));
    await expect(sent).rejects.toMatchObject({ name: 'PlatformError' });
    expect(node.inputs).toEqual([]);
  });
});
