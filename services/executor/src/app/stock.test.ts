import { PlatformError } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { createTestNode, never, storedEvents, type TestNode } from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import type { Requester } from './sandbox-record.ts';

function requester(node: TestNode, requestId = 'r'): Requester {
  return {
    ...{ kind: 'lease', requestId, userId: 'u', s3Bucket: '', traceparent: '', executionId: '' },
    receivedAt: node.clock.now(),
    arrivedAtMs: node.clock.monotonicMs(),
    waitedUpstreamMs: 0,
    waitMs: 30_000,
  };
}

const claim = (node: TestNode, template = 'python', signal = never) =>
  Promise.resolve(node.stock.claim(template, requester(node), signal));

const want = (node: TestNode, targets: Record<string, number>) => {
  node.stock.setTargets(
    Object.entries(targets).map(([template, warm]) => ({ template, warm, ttlSeconds: 1_000 })),
  );
  node.clock.advance(10);
};

const readyOf = (node: TestNode, template: string) =>
  node.stock.pools.find((pool) => pool.template === template)?.ready ?? [];

/** Advances until so many are ready. */
async function stocked(count: number): Promise<TestNode> {
  const node = createTestNode();
  want(node, { python: count });
  await until(() => readyOf(node, 'python').length === count);
  return node;
}

describe('the stock', () => {
  it('is filled to its target and no further, a few at a time', async () => {
    const node = createTestNode({ maxConcurrentCreates: 4 });
    node.driver.isPrompt = false;
    want(node, { python: 5 });
    expect(node.driver.pending).toHaveLength(3);
    want(node, { python: 5 });
    while (node.driver.pending.length > 0) {
      node.driver.pending[0]?.succeed();
      await quiet();
      node.clock.advance(10);
    }
    expect(readyOf(node, 'python')).toHaveLength(5);
    expect(node.driver.created).toBe(5);
  });

  it('serves whoever has least first, so that a flood delays nobody else', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    node.driver.isPrompt = false;
    want(node, {});
    const served: string[] = [];
    const ask = (userId: string) => {
      const asked = { ...requester(node), userId };
      const claimed = Promise.resolve(node.stock.claim('python', asked, never));
      void claimed.then(() => served.push(userId));
    };
    const succeed = async () => {
      node.driver.pending[0]?.succeed();
      await quiet();
    };
    for (let n = 0; n < 4; n += 1) ask('flood');
    await succeed();
    ask('quiet');
    while (served.length < 5) await succeed();
    expect(served).toEqual(['flood', 'quiet', 'flood', 'flood', 'flood']);
  });

  it('gives each of many concurrent callers a sandbox of its own', async () => {
    const node = await stocked(4);
    const records = await Promise.all(Array.from({ length: 12 }, () => claim(node)));
    expect(new Set(records.map((record) => record.id)).size).toBe(12);
    expect(records.filter((record) => record.holder?.fromWarmPool)).toHaveLength(4);
  });

  it('starts cold where it is empty', async () => {
    const node = createTestNode();
    const record = await claim(node);
    expect(record).toMatchObject({ state: 'leased', holder: { fromWarmPool: false } });
    expect(record.phases).toEqual({
      ...{ schedulingMs: 0, imagePullMs: 1, containerCreateMs: 2, processStartMs: 3 },
      ...{ appInitMs: 4, totalMs: 10 },
    });
  });

  it('gives a caller whatever is ready first, and makes up for it afterwards', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    node.driver.isPrompt = false;
    want(node, { python: 1 });
    node.clock.advance(5);
    const claimed = claim(node);
    node.driver.pending[0]?.succeed();
    const record = await claimed;
    expect(record.holder).toMatchObject({ fromWarmPool: false, acquisitionMs: 0 });
    await until(() => node.driver.pending.length === 1);
    expect(node.driver.created).toBe(2);
  });

  it('lets a caller overtake refills that wait for the driver', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    node.driver.isPrompt = false;
    want(node, { generic: 3 });
    void claim(node, 'python');
    node.driver.pending[0]?.succeed();
    await until(() => node.driver.pending[0]?.spec.template.name === 'python');
  });

  it('keeps what was made for a caller who has gone, as far as it is wanted', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const caller = new AbortController();
    const claimed = claim(node, 'python', caller.signal);
    caller.abort(new PlatformError('cancelled', 'gone'));
    await expect(claimed).rejects.toMatchObject({ code: 'cancelled' });
    node.driver.pending[0]?.succeed();
    await until(() => readyOf(node, 'python').length === 1);
    node.clock.advance(10);
    await until(() => node.registry.all().length === 0);
  });

  it('takes back orders for callers who have gone before a driver began', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    node.driver.isPrompt = false;
    const callers = new AbortController();
    const claims = Array.from({ length: 9 }, () => claim(node, 'python', callers.signal));
    callers.abort(new PlatformError('cancelled', 'gone'));
    expect(await Promise.allSettled(claims)).toHaveLength(9);
    // At once: what a driver begins before anybody has looked again would be stock beyond its target.
    expect(node.stock.pools.map(({ inFlight }) => inFlight)).toEqual([1]);
    node.driver.pending[0]?.succeed();
    await until(() => {
      node.clock.advance(10);
      return node.registry.all().length === 0;
    });
    expect(node.driver.created).toBe(1);
  });

  it('refuses once every slot is held, and makes room before that', async () => {
    const node = createTestNode({ sandboxSlots: 2 });
    want(node, { generic: 2 });
    await until(() => readyOf(node, 'generic').length === 2);
    const claims = [claim(node), claim(node)];
    await expect(claim(node)).rejects.toMatchObject({ code: 'resource_exhausted' });
    await until(() => {
      node.clock.advance(1);
      return node.registry.census().held === 2;
    });
    await Promise.all(claims);
  });

  it('ends a wait that takes too long', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const claimed = claim(node);
    node.clock.advance(30_000);
    await expect(claimed).rejects.toMatchObject({ code: 'resource_exhausted' });
  });

  it('retires what is not wanted any more', async () => {
    const node = await stocked(3);
    want(node, { python: 1 });
    await until(() => node.registry.all().length === 1);
    expect(node.driver.living.size).toBe(1);
  });

  it('replaces warm sandboxes when they expire', async () => {
    const node = await stocked(1);
    const [old] = readyOf(node, 'python');
    node.clock.advance(1_000_000);
    await until(() => {
      node.clock.advance(1);
      const [now] = readyOf(node, 'python');
      return now !== undefined && now !== old;
    });
    expect(old).toMatchObject({ state: 'stopped', stopReason: 'expired' });
  });

  it('replaces warm sandboxes that end by themselves', async () => {
    const node = await stocked(1);
    const [old] = readyOf(node, 'python');
    node.driver.sandbox().vanish();
    await until(() => {
      node.clock.advance(1);
      return node.driver.created === 2;
    });
    expect(old).toMatchObject({ stopReason: 'error' });
  });

  it('retires stock of a template that changed', async () => {
    const node = await stocked(1);
    const [old] = readyOf(node, 'python');
    const changed = { ...node.stock.template('python'), image: 'newer' };
    node.stock.setCatalogue(new Map([['python', changed]]));
    await until(() => {
      node.clock.advance(1);
      const [now] = readyOf(node, 'python');
      return now !== undefined && now.template === changed;
    });
    expect(old).toMatchObject({ stopReason: 'evicted' });
  });

  it('stops trying a template that keeps failing, tells its callers, and tries again later', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const claimed = claim(node);
    for (let failure = 0; failure < 3; failure += 1) {
      await until(() => {
        node.clock.advance(1);
        return node.driver.pending.length > 0;
      });
      node.driver.pending[0]?.fail(new PlatformError('internal', 'bad runner'));
    }
    await expect(claimed).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('bad runner'),
    });
    await node.outbox.flushed();
    const told = (await storedEvents(node.bus)).filter((event) => event.type === 'failed');
    expect(told).toHaveLength(3);
    expect(told[0]).toMatchObject({ requestId: 'r', userId: 'u', detail: 'bad runner' });
    expect(told[0]?.availableAt).toBeUndefined();
    await expect(claim(node)).rejects.toMatchObject({ code: 'unavailable' });
    expect(node.driver.created).toBe(3);
    want(node, { python: 4 });
    expect(node.driver.created).toBe(3);
    node.clock.advance(1_100);
    await until(() => node.driver.created === 4);
    node.driver.pending[0]?.succeed();
    await until(() => {
      node.clock.advance(1);
      return node.driver.created > 4;
    });
  });

  it('does not know templates that the catalogue does not have', () => {
    const node = createTestNode();
    expect(() => node.stock.claim('cobol', requester(node), never)).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    );
  });

  it('calls creations off when it closes and leaves nothing', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    node.driver.isPrompt = false;
    want(node, { generic: 3 });
    const claimed = claim(node);
    const closed = node.stock.close();
    await expect(claimed).rejects.toMatchObject({ code: 'unavailable' });
    await closed;
    await node.disposal.settled();
    expect(node.registry.all()).toEqual([]);
    await expect(claim(node)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
