import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Acquisition, merge, percentile, seriesOf, warmShare } from './acquisitions.ts';

const one = (requestId: string, at: number, ms = 1, isWarm = true): Acquisition => ({
  ...{ requestId, at, ms, isWarm },
});

describe('percentiles', () => {
  it.each([
    [[], 0.5, undefined],
    [[4], 0.99, 4],
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4], 1, 4],
    [[0, 10], 0.95, 9.5],
  ])('of %j at %d is %j', (values, share, expected) =>
    expect(percentile(values, share)).toBe(expected),
  );

  it('over time leave a gap where nobody asked', () => {
    const all = [one('a', 0, 2), one('b', 500, 4), one('c', 9_500, 8)];
    const [times, p50, , p99] = seriesOf(all, 10_000, 10);
    expect(times).toHaveLength(10);
    expect(times[0]).toBe(0.5);
    expect(p50).toEqual([3, ...Array(8).fill(null), 8]);
    expect(p99[0]).toBeCloseTo(3.98);
  });

  it('count every request in one interval, in order', () => {
    const requests = fc.array(
      fc.record({ at: fc.nat(100_000), ms: fc.double({ min: 0, max: 1e4, noNaN: true }) }),
    );
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 60 }), (some, intervals) => {
        const all = merge(
          [],
          some.map(({ at, ms }, index) => one(`${index}`, at, ms)),
          1_000,
        );
        const [times, p50, p95, p99] = seriesOf(all, 100_000, intervals);
        expect(times.length).toBeLessThanOrEqual(intervals);
        for (const [index, low] of p50.entries()) {
          expect(low === null).toBe(p99[index] === null);
          if (low === null) continue;
          expect(low).toBeLessThanOrEqual((p95[index] ?? 0) + 1e-9);
          expect(p95[index] ?? 0).toBeLessThanOrEqual((p99[index] ?? 0) + 1e-9);
        }
        expect(p50.some((value) => value !== null)).toBe(all.length > 0);
      }),
      { seed: 5 },
    );
  });
});

describe('acquisitions', () => {
  it('are kept once each, the newest of them', () => {
    const known = [one('a', 1), one('b', 2)];
    const all = merge(known, [one('b', 2), one('d', 4), one('c', 3)], 3);
    expect(all.map(({ requestId }) => requestId)).toEqual(['b', 'c', 'd']);
  });

  it('tell the share that was warm', () => {
    expect(warmShare([])).toBeUndefined();
    expect(warmShare([one('a', 1), one('b', 2, 1, false)])).toBe(0.5);
  });
});
