import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencySketch, relativeError } from './latency-sketch.ts';

const sketchedSeconds = { min: 0.000_01, max: 3_600 };

/** By nearest rank. */
function exact(durations: readonly number[], quantile: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.ceil(quantile * sorted.length) - 1] ?? Number.NaN;
}

/** Spread over all orders of magnitude, and repeated, as real durations are. */
const duration = fc
  .double({ min: Math.log(sketchedSeconds.min), max: Math.log(sketchedSeconds.max), noNaN: true })
  .map((exponent) => Math.exp(exponent));
const durations = fc.array(duration, { minLength: 1, maxLength: 300 });

describe('LatencySketch', () => {
  it('is within its bound of the exact quantiles, also over several slices', () => {
    const slices = fc.array(durations, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(slices, (given) => {
        const sketches = given.map((slice) => {
          const sketch = new LatencySketch();
          for (const seconds of slice) sketch.record(seconds);
          return sketch;
        });
        const all = given.flat();
        const { count, p50, p90, p99, max } = LatencySketch.quantiles(sketches) ?? {};
        expect(count).toBe(all.length);
        expect(max).toBe(Math.max(...all));
        for (const [quantile, estimate = Number.NaN] of [
          [0.5, p50],
          [0.9, p90],
          [0.99, p99],
        ] as const) {
          const wanted = exact(all, quantile);
          const tolerated = relativeError * wanted * (1 + 1e-9);
          expect(Math.abs(estimate - wanted)).toBeLessThanOrEqual(tolerated);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('counts what is shorter, longer, negative or no number, and keeps its place', () => {
    const sketch = new LatencySketch();
    for (const seconds of [-5, 0, Number.NaN, 0.000_001, 7_200]) sketch.record(seconds);
    const { count, p50 = 1, max } = LatencySketch.quantiles([sketch]) ?? {};
    expect({ count, max }).toEqual({ count: 5, max: 7_200 });
    expect(p50).toBeLessThanOrEqual(sketchedSeconds.min);
  });

  it('says nothing of nothing', () => {
    expect(LatencySketch.quantiles([])).toBeUndefined();
    expect(LatencySketch.quantiles([new LatencySketch()])).toBeUndefined();
  });
});
