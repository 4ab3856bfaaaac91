import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PoolView, reconcileStock, refillBatch, unneeded } from './reconcile.ts';
import { type AgedPool, shedBatch, withoutOldest } from './shedding.ts';

const aged = (template: string, ages: readonly number[], changed: Partial<PoolView> = {}) => ({
  orderedAtMs: ages,
  view: {
    ...{ template, target: ages.length, inFlight: 0, waiting: 0, breaker: 'closed' as const },
    ready: ages.map((atMs) => `${template}${atMs}`),
    ...changed,
  },
});

const decide = (pools: readonly AgedPool[], count: number, freeSlots = 100) =>
  reconcileStock({
    pools: [...withoutOldest(pools, count)],
    ...{ freeSlots, freeingSlots: 0, maxRefills: refillBatch },
  });

describe('a stock that gives way', () => {
  it.each([
    [0, 0],
    [1, 1],
    [3, 2],
    [10, 2],
    [11, 3],
    [100, 20],
  ])('of %i goes by batches of %i', (ready, batch) => {
    expect(shedBatch(ready)).toBe(batch);
  });

  it('loses the oldest of all pools', () => {
    const pools = [aged('a', [10, 40]), aged('b', [20, 30, 50])];
    expect(decide(pools, 3)).toEqual({ create: [], retire: ['a10', 'b20', 'b30'] });
  });

  it('refills nothing, and takes back what was ordered', () => {
    const pools = [aged('a', [10], { target: 5, inFlight: 2 })];
    expect(decide(pools, 0)).toEqual({ create: [], retire: [] });
    expect(withoutOldest(pools, 0).map(unneeded)).toEqual([2]);
  });

  const pools = fc.uniqueArray(
    fc
      .record({
        template: fc.constantFrom('a', 'b', 'c', 'd'),
        target: fc.nat(20),
        ages: fc.uniqueArray(fc.nat(1_000), { maxLength: 8 }),
        inFlight: fc.nat(8),
        waiting: fc.nat(8),
      })
      .map(({ template, ages, ...changed }) =>
        aged(
          template,
          ages.toSorted((a, b) => a - b),
          changed,
        ),
      ),
    { selector: ({ view }) => view.template },
  );

  it('serves callers as before, and makes nothing else', () => {
    fc.assert(
      fc.property(pools, fc.nat(30), fc.nat(20), (given, count, freeSlots) => {
        const { create } = decide(given, count, freeSlots);
        const maxRefills = 0;
        const views = given.map(({ view }) => view);
        const before = reconcileStock({ pools: views, freeSlots, freeingSlots: 0, maxRefills });
        expect(create).toEqual(before.create);
      }),
    );
  });

  it('loses no more than it is told to, besides what is too much anyway', () => {
    fc.assert(
      fc.property(pools, fc.nat(30), (given, count) => {
        const anyway = decide(given, 0).retire;
        const { retire } = decide(given, count);
        expect(retire.length).toBeLessThanOrEqual(anyway.length + count);
        expect(retire).toEqual(expect.arrayContaining([...anyway]));
      }),
    );
  });

  it('keeps nothing that is older than what goes, where all of it is wanted', () => {
    fc.assert(
      fc.property(pools, fc.nat(30), (given, count) => {
        const wanted = given.map(({ view, orderedAtMs }) =>
          aged(view.template, orderedAtMs, { target: 8 }),
        );
        const { retire } = decide(wanted, count);
        const all = wanted.flatMap(({ view, orderedAtMs }) =>
          view.ready.map((id, index) => ({ id, atMs: orderedAtMs[index] ?? 0 })),
        );
        const gone = all.filter(({ id }) => retire.includes(id)).map(({ atMs }) => atMs);
        const kept = all.filter(({ id }) => !retire.includes(id)).map(({ atMs }) => atMs);
        expect(gone.length).toBe(Math.min(count, all.length));
        expect(Math.max(0, ...gone)).toBeLessThanOrEqual(Math.min(1_000, ...kept));
      }),
    );
  });
});
