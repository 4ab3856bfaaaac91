import { describe, expect, it } from 'vitest';
import { type Demand, nextOrder } from './create-order.ts';

const demand = (template: string, changed: Partial<Demand> = {}): Demand => ({
  ...{ template, waitingSinceMs: undefined, waiting: 0, begun: 0 },
  ...changed,
});

describe('nextOrder', () => {
  it.each<[string, string[], Demand[], number]>([
    ['none of none', [], [demand('a', { waiting: 1, waitingSinceMs: 0 })], -1],
    ['the oldest refill', ['a', 'b'], [demand('a'), demand('b')], 0],
    [
      'a caller before a refill',
      ['a', 'b'],
      [demand('a'), demand('b', { waiting: 1, waitingSinceMs: 5 })],
      1,
    ],
    [
      'the longest wait',
      ['a', 'b'],
      [
        demand('a', { waiting: 1, waitingSinceMs: 5 }),
        demand('b', { waiting: 1, waitingSinceMs: 4 }),
      ],
      1,
    ],
    [
      'a refill where the caller is being served',
      ['a', 'b'],
      [demand('a'), demand('b', { waiting: 1, waitingSinceMs: 5, begun: 1 })],
      0,
    ],
  ])('%s', (_, orders, demands, index) => {
    expect(nextOrder(orders, demands, true)).toBe(index);
  });

  it('begins no refill where the last place is kept for callers', () => {
    expect(nextOrder(['a'], [demand('a')], false)).toBe(-1);
    const caller = demand('a', { waiting: 1, waitingSinceMs: 0 });
    expect(nextOrder(['a'], [caller], false)).toBe(0);
  });
});
