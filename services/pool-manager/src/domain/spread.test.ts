import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StockDemand, type StockNode, spreadStock } from './spread.ts';

const node = (name: string, slots: number, limits: readonly (readonly [string, number])[] = []) =>
  ({ node: name, slots, limits: new Map(limits) }) satisfies StockNode;
const demand = (template: string, target: number, guaranteed = 0): StockDemand => ({
  template,
  target,
  guaranteed,
});
const plain = (spread: ReturnType<typeof spreadStock>) =>
  Object.fromEntries([...spread.byNode].map(([name, held]) => [name, Object.fromEntries(held)]));

describe('spreadStock', () => {
  it.each([
    ['nothing without nodes', [demand('py', 4)], [], {}],
    ['all on the only node', [demand('py', 4)], [node('a', 9)], { a: { py: 4 } }],
    [
      'by capacity',
      [demand('py', 6)],
      [node('big', 20), node('small', 10)],
      { big: { py: 4 }, small: { py: 2 } },
    ],
    [
      'single sandboxes of several templates on different nodes',
      [demand('js', 1), demand('py', 1)],
      [node('a', 10), node('b', 10)],
      { a: { js: 1, py: 0 }, b: { js: 0, py: 1 } },
    ],
    [
      "every template's guaranteed part before any surplus",
      [demand('js', 10, 2), demand('py', 10, 3)],
      [node('a', 6)],
      { a: { js: 3, py: 3 } },
    ],
    [
      'no more than a node in trouble holds already',
      [demand('py', 6)],
      [node('ill', 10, [['py', 1]]), node('well', 10)],
      { ill: { py: 1 }, well: { py: 5 } },
    ],
  ])('places %s', (_, demands, nodes, expected) => {
    expect(plain(spreadStock(demands, nodes))).toEqual(expected);
  });

  const names = fc.stringMatching(/^[a-f]{1,2}$/);
  const nodesOf = fc.uniqueArray(
    fc.record({
      node: names,
      slots: fc.integer({ min: 1, max: 30 }),
      limits: fc.constant(new Map()),
    }),
    { selector: (entry) => entry.node, maxLength: 5 },
  );
  const demandsOf = fc.uniqueArray(
    fc.record({
      template: names,
      target: fc.integer({ min: 0, max: 40 }),
      guaranteed: fc.integer({ min: 0, max: 10 }),
    }),
    { selector: (entry) => entry.template, maxLength: 4 },
  );

  it('fills no node beyond its slots and leaves no room while something is unplaced', () => {
    fc.assert(
      fc.property(demandsOf, nodesOf, (demands, nodes) => {
        const { byNode, placed } = spreadStock(demands, nodes);
        for (const { node: name, slots } of nodes) {
          const held = [...(byNode.get(name)?.values() ?? [])].reduce((a, b) => a + b, 0);
          expect(held).toBeLessThanOrEqual(slots);
        }
        const total = demands.reduce((sum, { target }) => sum + target, 0);
        const room = nodes.reduce((sum, { slots }) => sum + slots, 0);
        expect([...placed.values()].reduce((a, b) => a + b, 0)).toBe(Math.min(total, room));
      }),
    );
  });

  it('does not depend on the order of its arguments', () => {
    fc.assert(
      fc.property(demandsOf, nodesOf, (demands, nodes) => {
        const turned = spreadStock(demands.toReversed(), nodes.toReversed());
        expect(plain(turned)).toEqual(plain(spreadStock(demands, nodes)));
      }),
    );
  });
});
