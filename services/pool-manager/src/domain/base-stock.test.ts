import fc from 'fast-check';
import { expect, it } from 'vitest';
import { baseStock } from './base-stock.ts';

it.each([
  [0, 1_000, 0],
  [30, 1_000, 0],
  [40, 1_000, 1],
  [3_600, 1_000, 4],
  [3_600, 5_000, 11],
  [36_000, 1_000, 18],
  [3_600_000, 1_000, 1_074],
])('holds for %d an hour and %d ms to refill: %d', (perHour, leadTimeMs, stock) => {
  expect(baseStock(perHour, leadTimeMs)).toBe(stock);
});

it('never falls as demand or lead time grow, and always covers the mean', () => {
  const demands = fc.double({ min: 0, max: 1e6, noNaN: true });
  const times = fc.integer({ min: 1, max: 60_000 });
  fc.assert(
    fc.property(demands, demands, times, (one, other, leadTimeMs) => {
      const [less, more] = one < other ? [one, other] : [other, one];
      expect(baseStock(less, leadTimeMs)).toBeLessThanOrEqual(baseStock(more, leadTimeMs) + 1);
      expect(baseStock(more, leadTimeMs)).toBeGreaterThanOrEqual(
        (more / 3_600_000) * leadTimeMs - 1,
      );
    }),
  );
});
