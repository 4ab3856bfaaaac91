import { PlatformError } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeNode } from '../testing/fake-node.ts';
import { Rig } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

describe('a node that dies', () => {
  it('leads to another attempt elsewhere and one result', async () => {
    const first = await rig.addNode('n1');
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => first.runs.size === 1);
    const second = await rig.addNode('n2');
    first.down = new PlatformError('unavailable', 'connection refused');
    first.breakStreams();
    await rig.until(async () => {
      await second.report();
      return second.runs.size === 1;
    }, 500);
    expect(second.ordered).toEqual(['e1/2']);
    await second.finish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    expect(await rig.result('e1')).toMatchObject({ attempt: 2, node: 'n2' });
  });

  it('is noticed at once when it comes back as another incarnation', async () => {
    const first = await rig.addNode('n1');
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => first.runs.size === 1);
    const reborn = new FakeNode(rig.bus, 'n1', 'i2');
    rig.nodes.set('n1', reborn);
    await reborn.report();
    await rig.until(() => reborn.runs.size === 1);
    expect(reborn.ordered).toEqual(['e1/2']);
  });

  it('does not count as dead when only the bus lost its heartbeats', async () => {
    const node = await rig.addNode('n1');
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => node.runs.size === 1);
    for (let n = 0; n < 20; n += 1) {
      rig.clock.advance(1_000);
      await rig.settle();
    }
    await node.finish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    expect(await rig.result('e1')).toMatchObject({ attempt: 1 });
  });

  it('may wake and be first: the later attempt changes nothing', async () => {
    const first = await rig.addNode('n1');
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => first.runs.size === 1);
    const second = await rig.addNode('n2');
    first.stalled = true;
    await rig.until(async () => {
      await second.report();
      return second.runs.size === 1;
    }, 500);
    first.stalled = false;
    await first.finish('e1', 'completed');
    await second.finish('e1', 'failed');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    expect(await rig.result('e1')).toMatchObject({ attempt: 1, status: 'completed' });
  });

  it('is not left by a run whose stream alone broke', async () => {
    const node = await rig.addNode('n1');
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => node.runs.size === 1);
    node.breakStreams();
    await rig.until(() => node.ordered.length === 2, 100);
    await node.finish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    expect(node.ordered).toEqual(['e1/1', 'e1/1']);
  });
});
