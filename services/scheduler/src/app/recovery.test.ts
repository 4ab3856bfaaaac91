import { subject } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, Rig, submitRequest } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

describe('a new leader', () => {
  it('takes over what is queued and what runs; each has one result', async () => {
    const node = await rig.addNode('n1');
    await rig.lead();
    for (let n = 0; n < 200; n += 1) await rig.publish(`e${n}`, { userId: `u${n % 7}` });
    await rig.until(() => node.runs.size === 4);
    const ended = [...node.runs.keys()][0]?.slice(0, -2) ?? '';
    node.endsWith = 'completed';
    // The old leader never hears of this end: its term is over by then.
    const leading = rig.lead();
    await node.finish(ended);
    await leading;
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => rig.result(`e${n}`)));
    expect(results.every((result) => result?.attempt === 1)).toBe(true);
    const orders = new Set(node.ordered);
    expect(orders.size).toBe(200);
  });

  it('does not reuse the number of an attempt that has written output', async () => {
    const node = await rig.addNode('n1');
    await rig.publish('e1');
    const chunk = { execution_id: 'e1', attempt: 1, sequence: 1, stream: 'stdout' };
    const where = subject('executionOutput', { id: 'e1' });
    await rig.bus.publish(where, Buffer.from(JSON.stringify(chunk)));
    await rig.lead();
    await rig.until(() => node.runs.size === 1);
    expect(node.ordered).toEqual(['e1/2']);
  });

  it('assumes an attempt on a node that does not answer', async () => {
    await rig.addNode('n1', (node) => {
      node.stalled = true;
    });
    await rig.publish('e1');
    await rig.lead();
    const second = await rig.addNode('n2');
    await rig.until(async () => {
      await second.report();
      return second.runs.size === 1;
    }, 500);
    expect(second.ordered).not.toContain('e1/1');
  });

  it('gives the same result to a resubmission after the dedup window', async () => {
    const node = await rig.addNode('n1', (it) => {
      it.endsWith = 'completed';
    });
    await rig.lead();
    await rig.publish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    rig.clock.advance(3 * 60_000);
    const { executions } = await rig.lead();
    await node.report();
    await rig.publish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    const again = await executions.submit(submitRequest({ executionId: 'e1' }), caller);
    expect(again).toMatchObject({ executionId: 'e1', status: 'completed', duplicate: true });
    expect(node.ordered).toEqual(['e1/1']);
  });
});
