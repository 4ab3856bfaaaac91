import { PlatformError, subject } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, collect, Rig, submitRequest } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

describe('watching', () => {
  async function write(attempt: number, sequence: number): Promise<void> {
    const chunk = { execution_id: 'e1', attempt, sequence, stream: 'stdout' };
    const where = subject('executionOutput', { id: 'e1' });
    await rig.bus.publish(where, Buffer.from(JSON.stringify(chunk)));
  }

  it('tells status, output and result as they come, and the same afterwards', async () => {
    const node = await rig.addNode('n1');
    const { executions } = await rig.lead();
    const live = collect(executions.execute(submitRequest({ executionId: 'e1' }), caller));
    await rig.until(() => live.told.includes('running'));
    await write(1, 1);
    await write(1, 2);
    await node.finish('e1');
    await live.done;
    expect(live.told.slice(live.told.indexOf('running'))).toEqual([
      'running',
      '1.1',
      '1.2',
      '=completed',
    ]);
    const late = collect(executions.watch('e1', 2, caller));
    await late.done;
    expect(late.told).toEqual(['1.2', '=completed']);
  });

  it('waits a moment for a message that was published just now', async () => {
    const { executions } = await rig.lead();
    const early = collect(executions.watch('e1', 0, caller));
    await rig.settle();
    await rig.publish('e1');
    await rig.until(() => early.told.includes('queued'));
    const cancelled = await executions.cancel('e1', caller);
    await early.done;
    expect(early.told).toEqual(['queued', `=${cancelled.status}`]);
  });

  it('starts over with a later attempt', async () => {
    const node = await rig.addNode('n1');
    const { executions } = await rig.lead();
    const live = collect(executions.execute(submitRequest({ executionId: 'e1' }), caller));
    await rig.until(() => node.runs.size === 1);
    await write(1, 1);
    await rig.until(() => live.told.includes('1.1'));
    node.runs.clear();
    node.breakStreams(new PlatformError('internal', 'fault'));
    await rig.until(() => node.ordered.includes('e1/2'), 100);
    await write(2, 1);
    await node.finish('e1');
    await live.done;
    const output = live.told.filter((it) => it !== 'queued' && it !== 'running');
    expect(output).toEqual(['1.1', '!2', '2.1', '=completed']);
  });

  it('ends with `unavailable` when its leader is deposed', async () => {
    const { executions } = await rig.lead();
    const live = collect(executions.execute(submitRequest({ executionId: 'e1' }), caller));
    await rig.until(() => live.told.includes('queued'));
    const [ended] = await Promise.allSettled([live.done, rig.lead()]);
    expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  });
});
