import { limits, NodeStatus, PlatformError } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { ScriptedPreparation } from '../testing/scripted-driver.ts';
import {
  createTestNode,
  leaseRequest,
  never,
  type TestNode,
  template,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import { NodeReporter } from './node-reporter.ts';
import { retryMs } from './preparation.ts';

const noPython = new PlatformError('unavailable', 'python3 is not on the path');

/** A node that knows a few templates, and whose preparations the test ends. */
function nodeWith(...slow: string[]): TestNode {
  const node = createTestNode({ readiness: 'by_driver' });
  const names = ['python', 'generic', 'go'];
  for (const name of slow) node.driver.preparations.set(name, new ScriptedPreparation());
  node.stock.setCatalogue(new Map(names.map((name) => [name, template(name)])));
  return node;
}

function preparationOf(node: TestNode, name: string): ScriptedPreparation {
  const scripted = node.driver.preparations.get(name);
  if (scripted === undefined) throw new Error(`${name} is not slow`);
  return scripted;
}

const done = { version: '3.11.2', imagePullMs: 5 };
const lease = (node: TestNode, name = 'python') =>
  Promise.resolve(node.leases.lease(leaseRequest({ template: name, requestId: name }), never));
const want = (node: TestNode, name: string, warm: number) =>
  node.stock.setTargets([{ template: name, warm, ttlSeconds: 1_000 }]);

function statusOf(node: TestNode): NodeStatus {
  const inventory = { put: async () => undefined, remove: async () => undefined };
  const reporter = new NodeReporter({
    ...{ ...node, inventory, address: 'localhost:1', driver: 'scripted', capabilities: [] },
    ...{ runSlots: 8, sandboxSlots: 20, host: { resources: undefined } },
  });
  return NodeStatus.create(reporter.status());
}

describe('preparation in the background', () => {
  it('goes in the order of the plan, one at a time, and goes on past a failure', async () => {
    const node = nodeWith('go', 'python');
    node.preparation.order(['go', 'python', 'generic', 'unknown']);
    await quiet();
    expect(node.driver.asked).toEqual(['go']);
    preparationOf(node, 'go').outcome.reject(noPython);
    await quiet();
    expect(node.driver.asked).toEqual(['go', 'python']);
    preparationOf(node, 'python').outcome.resolve(done);
    await quiet();
    expect(node.driver.asked).toEqual(['go', 'python', 'generic']);
    expect(node.preparation.stateOf('python')).toEqual({ kind: 'prepared', version: '3.11.2' });
    expect(node.preparation.unavailable).toEqual([{ template: 'go', reason: noPython.message }]);
  });

  it('makes no sandbox before its template is there, and says what is being done', async () => {
    const node = nodeWith('python');
    want(node, 'python', 2);
    node.clock.advance(10);
    await quiet();
    preparationOf(node, 'python').say('npm ci');
    expect(node.driver.created).toBe(0);
    expect(statusOf(node).pools).toMatchObject([{ preparing: 'npm ci', version: '' }]);
    preparationOf(node, 'python').outcome.resolve(done);
    await quiet();
    node.clock.advance(10);
    await until(() => node.stock.pools[0]?.ready.length === 2);
    expect(statusOf(node).pools).toMatchObject([
      { preparing: '', version: '3.11.2', unavailable: false },
    ]);
    expect(node.stock.pools[0]?.ready[0]).toMatchObject({ version: '3.11.2' });
  });

  it('says what waits for its turn', async () => {
    const node = nodeWith('go');
    want(node, 'python', 0);
    node.preparation.order(['go', 'python']);
    expect(statusOf(node).pools).toMatchObject([{ preparing: 'waits for its turn' }]);
  });

  it('prepares anew what has changed', async () => {
    const node = nodeWith();
    node.preparation.order(['python']);
    await quiet();
    node.stock.setCatalogue(new Map([['python', template('python')]]));
    await quiet();
    expect(node.driver.asked).toEqual(['python', 'python']);
  });
});

describe('a template that is unavailable', () => {
  it('is not tried again for a minute, and then found to work', async () => {
    const node = nodeWith('python');
    want(node, 'python', 1);
    node.clock.advance(10);
    await quiet();
    preparationOf(node, 'python').outcome.reject(noPython);
    await quiet();
    node.clock.advance(retryMs - 1_000);
    await quiet();
    expect(node.driver.asked).toEqual(['python']);
    expect(node.driver.created).toBe(0);
    expect(statusOf(node).pools).toMatchObject([
      { problem: noPython.message, unavailable: true, preparing: '', failures: 0 },
    ]);
    node.driver.preparations.delete('python');
    node.clock.advance(1_000);
    await quiet();
    node.clock.advance(10);
    await until(() => node.stock.pools[0]?.ready.length === 1);
    expect(node.preparation.unavailable).toEqual([]);
  });

  it('refuses callers at once, also those who waited for it, with the reason', async () => {
    const node = nodeWith('python');
    const waiting = lease(node);
    const refused = expect(waiting).rejects.toMatchObject({
      code: 'unavailable',
      message: 'template python is unavailable here: python3 is not on the path',
      retry: { kind: 'after', ms: retryMs },
    });
    await quiet();
    preparationOf(node, 'python').outcome.reject(noPython);
    await refused;
    await expect(lease(node)).rejects.toMatchObject({ code: 'unavailable' });
    const other = lease(node, 'generic');
    await quiet();
    node.clock.advance(0);
    await expect(other).resolves.toMatchObject({ template: 'generic' });
  });
});

describe('a claim for a template that is not prepared', () => {
  it('has it prepared at once, whatever the background is at', async () => {
    const node = nodeWith('go');
    node.preparation.order(['go', 'generic', 'python']);
    await quiet();
    const leased = lease(node);
    await quiet();
    node.clock.advance(0);
    expect(await leased).toMatchObject({ version: '1.2.3' });
    expect(node.driver.asked).toEqual(['go', 'python']);
  });

  it('says what it waited for in vain', async () => {
    const node = nodeWith('python');
    const claimed = expect(lease(node)).rejects.toMatchObject({
      code: 'resource_exhausted',
      message: 'python is still being prepared: npm ci',
    });
    await quiet();
    preparationOf(node, 'python').say('npm ci');
    node.clock.advance(limits.acquireWaitMs);
    await claimed;
  });
});

it('ends with the node, whatever a driver is at', async () => {
  const node = nodeWith('go');
  node.preparation.order(['go']);
  await quiet();
  const closed = node.preparation.close();
  preparationOf(node, 'go').outcome.reject(new PlatformError('cancelled', 'nobody waits'));
  await closed;
  expect(node.preparation.unavailable).toEqual([]);
});
