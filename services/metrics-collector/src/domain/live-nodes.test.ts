import { NodeStatus } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { LiveNodes } from './live-nodes.ts';

it('forgets a node that is silent, goes by its key, and sorts', () => {
  const nodes = new LiveNodes();
  const report = (heartbeat: number) => NodeStatus.create({ node: 'says anything', heartbeat });
  nodes.report('b', report(1), 0);
  nodes.report('a', report(1), 0);
  nodes.report('a', report(2), 4_000);
  nodes.report('b', report(1), 4_000);
  const names = (nowMs: number) => nodes.living(nowMs).map(({ node }) => node);
  expect(names(4_500)).toEqual(['a', 'b']);
  expect(names(6_000)).toEqual(['a']);
  nodes.remove('a');
  expect(names(6_000)).toEqual([]);
});
