import { NodeStatus } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { stockCounts } from './stock.ts';

it('sums what all nodes have by label', () => {
  const node = (name: string, template: string) => ({
    node: name,
    status: NodeStatus.create({ pools: [{ template, ready: 2, creating: 1 }] }),
  });
  const nodes = [node('a', 'python'), node('b', 'python'), node('c', 'cobol')];
  const label = (template: string) => (template === 'python' ? template : 'unknown');
  expect(stockCounts(nodes, label)).toEqual([
    { template: 'python', state: 'ready', count: 4 },
    { template: 'python', state: 'creating', count: 2 },
    { template: 'python', state: 'leased', count: 0 },
    { template: 'unknown', state: 'ready', count: 2 },
    { template: 'unknown', state: 'creating', count: 1 },
    { template: 'unknown', state: 'leased', count: 0 },
  ]);
});
