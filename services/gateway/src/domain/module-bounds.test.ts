import { ModuleDetail } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedDetails,
  boundedTimings,
  mostModules,
  mostNameCharacters,
  otherModules,
} from './module-bounds.ts';

const name = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', otherModules, 'x'.repeat(400), `${'x'.repeat(400)}y`),
);
const ms = fc.integer({ min: 0, max: 5_000 });
const timings = fc
  .tuple(fc.array(fc.tuple(name, ms), { maxLength: 40 }), fc.nat(700))
  .map(([entries, more]) => {
    const many = Array.from({ length: more }, (_, index) => [`m${index}`, (index * 7) % 900]);
    return Object.fromEntries([...entries, ...many]) as Record<string, number>;
  });

const sum = (given: Record<string, number>) => Object.values(given).reduce((a, b) => a + b, 0);

describe('of module timings', () => {
  it('at most 500 and the rest are kept, and no time is lost', () => {
    fc.assert(
      fc.property(timings, (given) => {
        const kept = boundedTimings(given);
        const names = Object.keys(kept).filter((it) => it !== otherModules);
        expect(names.length).toBeLessThanOrEqual(mostModules);
        expect(names.every((it) => it.length <= mostNameCharacters)).toBe(true);
        expect(sum(kept)).toBe(sum(given));
        expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
        expect(boundedTimings(kept)).toEqual(kept);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('the longest of 10,000 are those that are kept', () => {
    const many = Array.from({ length: 10_000 }, (_, index): [string, number] => [
      `m${index}`,
      index,
    ]);
    const kept = boundedTimings(Object.fromEntries([...many, [otherModules, 3]]));
    expect(Object.keys(kept)).toHaveLength(mostModules + 1);
    expect(kept).toMatchObject({ m9999: 9_999, m9500: 9_500 });
    expect(kept).not.toHaveProperty('m9499');
    expect(kept[otherModules]).toBe((9_499 * 9_500) / 2 + 3);
  });

  it('what is within bounds stays as it is', () => {
    const given = { 'aws-sdk': 850, [otherModules]: 4 };
    expect(boundedTimings(given)).toBe(given);
  });
});

it('of module details those with the longest self time are kept, in their order', () => {
  const given = Array.from({ length: 700 }, (_, index) =>
    ModuleDetail.create({ module: `m${index}`, selfMs: (index * 13) % 700 }),
  );
  const kept = boundedDetails(given);
  expect(kept).toHaveLength(mostModules);
  expect(Math.min(...kept.map(({ selfMs }) => selfMs))).toBe(200);
  expect(kept).toEqual(given.filter(({ selfMs }) => selfMs >= 200));
});
