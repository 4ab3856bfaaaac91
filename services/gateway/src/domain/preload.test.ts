import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheSegments, segmentBytes } from './cache-segments.ts';
import { chooseEvicted, isHot, isOffPeak } from './preload.ts';

describe.each([
  [{ lookups: 4, hits: 4 }, false],
  [{ lookups: 5, hits: 3 }, false],
  [{ lookups: 5, hits: 4 }, true],
  [{ lookups: 1_000, hits: 799 }, false],
  [{ lookups: 1_000, hits: 800 }, true],
])('%j', (lookups, hot) => {
  it(hot ? 'is hot' : 'is not hot', () => expect(isHot(lookups)).toBe(hot));
});

describe.each([
  ['nothing known', [], true],
  ['idle', [0, 0, 0], true],
  ['quiet', [60, 60], true],
  ['busy', [600, 600, 600], false],
  ['busy a minute ago', [600, 600, 0], false],
  ['quieter than usual', [6_000, 6_000, 6_000, 6_000, 1_000, 1_000], true],
])('%s', (_, perMinute, offPeak) => {
  it(offPeak ? 'is off-peak' : 'is not off-peak', () => {
    expect(isOffPeak(perMinute)).toBe(offPeak);
  });
});

it('segments are never more than the whole, and use all but a rest of it', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), (total) => {
      const sum = cacheSegments.reduce((all, name) => all + segmentBytes(name, total), 0);
      expect(sum).toBeLessThanOrEqual(total);
      expect(sum).toBeGreaterThan(total - cacheSegments.length);
    }),
  );
});

it('what is evicted leaves at most the bound, is the least recently used, and no more than needed', () => {
  const entry = fc.record({ bytes: fc.integer({ min: 1, max: 100 }), usedAtMs: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(entry), fc.nat(1_000), (entries, maxBytes) => {
      const evicted = chooseEvicted(entries, maxBytes);
      const kept = entries.filter((one) => !evicted.includes(one));
      const bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
      expect(bytes).toBeLessThanOrEqual(maxBytes);
      const newest = Math.max(-1, ...evicted.map(({ usedAtMs }) => usedAtMs));
      expect(kept.every(({ usedAtMs }) => usedAtMs >= newest)).toBe(true);
      const last = evicted.at(-1);
      if (last !== undefined) expect(bytes + last.bytes).toBeGreaterThan(maxBytes);
    }),
  );
});
