import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentilesOfSamples } from './percentiles.ts';

it('is what percentile_cont says', () => {
  expect(percentilesOfSamples([4, 1, 3, 2])).toEqual({
    ...{ p50: 2.5, p90: expect.closeTo(3.7), p95: expect.closeTo(3.85) },
    ...{ p99: expect.closeTo(3.97), max: 4, average: 2.5, samples: 4 },
  });
  expect(percentilesOfSamples([7])).toMatchObject({ p50: 7, p99: 7, max: 7 });
  expect(percentilesOfSamples([])).toBeUndefined();
});

it('grows with the fraction, between the smallest and the largest sample', () => {
  const samples = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(samples, (all) => {
      const { p50 = NaN, p90 = NaN, p95 = NaN, p99 = NaN, max } = percentilesOfSamples(all) ?? {};
      const rising = [Math.min(...all), p50, p90, p95, p99, max];
      expect(rising).toEqual(rising.toSorted((a = NaN, b = NaN) => a - b));
      expect(max).toBe(Math.max(...all));
    }),
  );
});
