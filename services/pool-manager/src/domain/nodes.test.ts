import { NodeStatus } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { countPool, NodeInventory, nodeTimeoutMs, stockNodes } from './nodes.ts';

type Pools = NonNullable<Parameters<typeof NodeStatus.create>[0]>['pools'];

const status = (node: string, heartbeat = 1, pools: Pools = [], more: object = {}) =>
  NodeStatus.create({ node, incarnation: 'i', heartbeat, sandboxSlots: 10, pools, ...more });
const names = (nodes: readonly NodeStatus[]) => nodes.map(({ node }) => node);

describe('NodeInventory', () => {
  it('takes a node for dead whose heartbeat stands still, however often it is reported', () => {
    const inventory = new NodeInventory();
    inventory.report(status('a'), 0);
    inventory.report(status('b'), 0);
    inventory.report(status('a', 2), nodeTimeoutMs);
    inventory.report(status('b', 1), nodeTimeoutMs);
    expect(names(inventory.alive(nodeTimeoutMs))).toEqual(['a', 'b']);
    expect(names(inventory.alive(nodeTimeoutMs + 1))).toEqual(['a']);
  });

  it('knows a restarted executor by its incarnation', () => {
    const inventory = new NodeInventory();
    inventory.report(status('a'), 0);
    inventory.report(status('a', 1, [], { incarnation: 'j' }), nodeTimeoutMs);
    expect(inventory.alive(nodeTimeoutMs + 1)).toHaveLength(1);
  });

  it('forgets a node that took its leave', () => {
    const inventory = new NodeInventory();
    inventory.report(status('a'), 0);
    inventory.remove('a');
    expect(inventory.alive(0)).toEqual([]);
  });
});

it('counts a pool over nodes, and says who has trouble', () => {
  const a = status('a', 1, [
    { template: 'py', ready: 2, creating: 1, version: '3.9.2' },
    { template: 'js', ready: 9 },
  ]);
  const b = status('b', 1, [{ template: 'py', ready: 3, leased: 4, problem: 'no python3' }]);
  const c = status('c', 1, [{ template: 'py', version: '3.11.2' }]);
  const d = status('d', 1, [{ template: 'py', preparing: 'pulling an image' }]);
  const e = status('e', 1, []);
  expect(countPool('py', [a, b, c, d, e])).toEqual({
    ready: 5,
    creating: 1,
    leased: 4,
    problems: ['b: no python3'],
    versions: ['3.11.2', '3.9.2'],
    preparing: ['d: pulling an image', 'e: has to be told'],
    unavailable: false,
  });
  const never = status('a', 1, [{ template: 'go', problem: 'no go', unavailable: true }]);
  expect(countPool('go', [never, d])).toMatchObject({ unavailable: true, problems: ['a: no go'] });
  expect(countPool('go', [d]).unavailable).toBe(false);
});

describe('stockNodes', () => {
  const ill = status('ill', 1, [{ template: 'py', ready: 2, problem: 'broken' }]);

  it('leaves out nodes that drain or have no slots', () => {
    const draining = status('d', 1, [], { draining: true });
    const full = status('f', 1, [], { sandboxSlots: 0 });
    expect(stockNodes([draining, full, status('a')]).map(({ node }) => node)).toEqual(['a']);
  });

  it('moves stock away from a node in trouble only where another can take it', () => {
    expect(stockNodes([ill, status('well')])[0]?.limits).toEqual(new Map([['py', 2]]));
    expect(stockNodes([ill])[0]?.limits).toEqual(new Map());
  });
});
