import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, Rig } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

describe('cancel', () => {
  it('takes out of the queue what waits', async () => {
    const { executions } = await rig.lead();
    await rig.publish('e1');
    await rig.until(async () => (await executions.get('e1', caller)).status === 'queued');
    const cancelled = await executions.cancel('e1', caller);
    expect(cancelled).toMatchObject({ status: 'cancelled', result: { attempt: 0 } });
    expect(await executions.cancel('e1', caller)).toEqual(cancelled);
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
  });

  it('kills what runs, and the node writes the result', async () => {
    const node = await rig.addNode('n1');
    const { executions } = await rig.lead();
    await rig.publish('e1');
    await rig.until(() => node.runs.size === 1);
    expect(await executions.cancel('e1', caller)).toMatchObject({ result: { node: 'n1' } });
  });

  it('is not delayed beyond two seconds by a silent node', async () => {
    const node = await rig.addNode('n1');
    const { executions } = await rig.lead();
    await rig.publish('e1');
    await rig.until(() => node.runs.size === 1);
    node.stalled = true;
    const cancelling = executions.cancel('e1', caller);
    await rig.settle();
    rig.clock.advance(2_000);
    expect(await cancelling).toMatchObject({ status: 'cancelled', result: { attempt: 1 } });
  });

  it('answers with the result of what has ended, and not_found for what never was', async () => {
    await rig.addNode('n1', (node) => {
      node.endsWith = 'failed';
    });
    const { executions } = await rig.lead();
    await rig.publish('e1');
    await rig.until(() => rig.result('e1'));
    expect(await executions.cancel('e1', caller)).toMatchObject({ status: 'failed' });
    const unknown = Promise.allSettled([executions.cancel('e2', caller)]);
    await rig.settle();
    rig.clock.advance(250);
    expect(await unknown).toMatchObject([{ reason: { code: 'not_found' } }]);
    await expect(executions.get('a.>', caller)).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});
