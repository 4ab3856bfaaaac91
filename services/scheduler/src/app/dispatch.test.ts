import { limits, PlatformError } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, Rig, submitRequest } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

describe('dispatch', () => {
  it('runs what is published and takes it out of the log', async () => {
    await rig.addNode('n1', (node) => {
      node.endsWith = 'completed';
    });
    const { executions } = await rig.lead();
    await rig.publish('e1');
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
    expect(await executions.get('e1', caller)).toMatchObject({ status: 'completed' });
  });

  it('shares the slots between users', async () => {
    const node = await rig.addNode('n1', (it) => {
      it.runSlots = 2;
    });
    for (const id of ['a1', 'a2', 'a3', 'a4']) await rig.publish(id, { userId: 'a' });
    await rig.publish('b1', { userId: 'b' });
    await rig.lead();
    await rig.until(() => node.ordered.length === 2);
    await node.finish('a1');
    await node.finish('a2');
    await rig.until(() => node.ordered.length === 4);
    expect(node.ordered).toEqual(['a1/1', 'a2/1', 'a3/1', 'b1/1']);
  });

  it('keeps a slot in eight for users who have nothing running', async () => {
    const node = await rig.addNode('n1', (it) => {
      it.runSlots = 8;
    });
    await rig.lead();
    for (let n = 1; n <= 9; n += 1) await rig.publish(`a${n}`, { userId: 'a' });
    await rig.until(() => node.ordered.length === 7);
    await rig.settle();
    expect(node.runs.size).toBe(7);
    await rig.publish('b1', { userId: 'b' });
    await rig.publish('b2', { userId: 'b' });
    await rig.until(() => node.ordered.length === 8);
    await rig.settle();
    expect(node.ordered.at(-1)).toBe('b1/1');
    await node.finish('b1');
    await rig.until(() => node.ordered.length === 9);
    expect(node.ordered.at(-1)).toBe('b2/1');
  });

  it('tells how long what is queued will wait', async () => {
    const node = await rig.addNode('n1', (it) => {
      it.runSlots = 1;
    });
    const { executions } = await rig.lead();
    const waits: number[] = [];
    for (let n = 1; n <= 4; n += 1) {
      const wanted = submitRequest({ executionId: `e${n}` });
      waits.push((await executions.submit(wanted, caller)).estimatedWaitMs);
    }
    expect(waits[0]).toBe(0);
    expect(waits.slice(1)).toEqual(waits.slice(1).toSorted((a, b) => a - b));
    expect(waits[1]).toBeGreaterThan(0);
    for (let n = 1; n <= 2; n += 1) {
      await rig.until(() => node.runs.size === 1);
      rig.clock.advance(1_000);
      await node.report();
      await node.finish(`e${n}`);
    }
    await rig.until(() => node.runs.size === 1);
    const slower = await executions.get('e4', caller);
    expect(slower.estimatedWaitMs).toBeGreaterThan(waits[1] ?? 0);
    expect(await executions.get('e3', caller)).toMatchObject({
      ...{ status: 'running', estimatedWaitMs: 0, startedAt: rig.clock.now() },
    });
  });

  it('holds users to their limit', async () => {
    const node = await rig.addNode('n1');
    await rig.lead({ bounds: { global: 100, perUser: 1 } });
    await rig.publish('a1', { userId: 'a' });
    await rig.publish('a2', { userId: 'a' });
    await rig.publish('b1', { userId: 'b' });
    await rig.until(() => node.ordered.length === 2);
    await rig.settle();
    expect(node.ordered).toEqual(['a1/1', 'b1/1']);
  });

  it('puts back what a node refuses, without counting it', async () => {
    const node = await rig.addNode('n1', (it) => {
      it.endsWith = 'completed';
      it.refusals = [
        new PlatformError('resource_exhausted', 'full'),
        new PlatformError('unavailable', 'draining'),
        new PlatformError('resource_exhausted', 'full'),
        new PlatformError('resource_exhausted', 'full'),
      ];
    });
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => rig.result('e1'), 50);
    expect(node.ordered).toEqual(Array.from({ length: 5 }, () => 'e1/1'));
    expect(await rig.result('e1')).toMatchObject({ attempt: 1, status: 'completed' });
  });

  it('gives up after the last attempt and says why', async () => {
    await rig.addNode('n1', (it) => {
      it.refusals = [1, 2, 3].map((n) => new PlatformError('internal', `fault ${n}`));
    });
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => rig.result('e1'));
    const result = await rig.result('e1');
    expect(result).toMatchObject({ status: 'platform_error', attempt: limits.maxAttempts });
    expect(result?.message).toContain('fault 3');
    expect(await rig.stored('EXEC_DEAD')).toBe(1);
    await rig.until(async () => (await rig.stored('EXEC_STANDARD')) === 0);
  });

  it('reads bodies again from the log when memory was short', async () => {
    const node = await rig.addNode('n1');
    await rig.lead({ bodyBudgetBytes: 0 });
    await rig.publish('e1', { code: Buffer.from('print(7)') });
    await rig.until(() => node.runs.size === 1);
    const [run] = node.runs.values();
    expect(run?.request.request?.code).toEqual(new Uint8Array(Buffer.from('print(7)')));
  });

  it('rejects what has waited too long', async () => {
    await rig.lead();
    await rig.publish('e1');
    await rig.until(() => rig.result('e1'), 60_000);
    expect(await rig.result('e1')).toMatchObject({ status: 'rejected', retryable: true });
  });
});
