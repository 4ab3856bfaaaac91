import { NodeStatus } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { Stock } from './stock.ts';

it('forgets the stock of a node that is silent', () => {
  const stock = new Stock();
  const report = (node: string, heartbeat: number) =>
    NodeStatus.create({ node, heartbeat, pools: [{ template: 'python', ready: 2, leased: 1 }] });
  stock.report(report('a', 1), 0);
  stock.report(report('b', 1), 0);
  stock.report(report('a', 2), 4_000);
  stock.report(report('b', 1), 4_000);
  const ready = (nowMs: number) => stock.counts(nowMs).find(({ state }) => state === 'ready');
  expect(ready(4_500)?.count).toBe(4);
  expect(ready(6_000)?.count).toBe(2);
});
