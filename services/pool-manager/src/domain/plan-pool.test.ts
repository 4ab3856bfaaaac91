import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialStanding, type PoolSituation, planPool } from './plan-pool.ts';

const policy = {
  minSize: 4,
  maxSize: 20,
  targetUtilization: 0.7,
  scaleUpThreshold: 2,
  scaleDownDelay: 300,
  ttl: 3_600,
};
const quiet = { recent: 0, forecastPerHour: 0, leadTimeMs: 1_000 };

function situation(changes: Partial<PoolSituation>): PoolSituation {
  return {
    observed: { ready: 0, leased: 0 },
    inFlight: 0,
    demand: quiet,
    prefetched: 0,
    policy,
    standing: initialStanding,
    nowMs: 0,
    ...changes,
  };
}

describe('planPool', () => {
  const cases: readonly (readonly [string, Partial<PoolSituation>, object])[] = [
    ['fills an empty pool to its least size', {}, { target: 4, create: 4, retire: 0 }],
    ['orders nothing twice while a refill is under way', { inFlight: 4 }, { target: 4, create: 0 }],
    [
      'does not grow because a pool that nobody asked for is still empty',
      { observed: { ready: 1, leased: 0 }, inFlight: 3 },
      { target: 4, create: 0 },
    ],
    ['holds what was asked for ahead on top', { prefetched: 2 }, { target: 6, create: 6 }],
    ['and stays below its largest size', { prefetched: 30 }, { target: 20, capped: true }],
    [
      'holds 1.5 x the demand of five minutes',
      { observed: { ready: 4, leased: 0 }, demand: { ...quiet, recent: 7 } },
      { target: 11, create: 7, capped: false },
    ],
    [
      'holds half as much again while few are ready and somebody asks',
      { observed: { ready: 1, leased: 4 }, demand: { ...quiet, recent: 7 } },
      { target: 17, create: 16 },
    ],
    [
      'says that it is capped where the demand is beyond max_size',
      { demand: { ...quiet, recent: 100 } },
      { target: 20, create: 20, capped: true },
    ],
    [
      'holds 1.2 x the demand forecast for one refill',
      { observed: { ready: 4, leased: 0 }, demand: { ...quiet, forecastPerHour: 36_000 } },
      { target: 20, capped: true },
    ],
    [
      'does not turn an hour of demand into stock, only that of one refill',
      { observed: { ready: 4, leased: 0 }, demand: { ...quiet, forecastPerHour: 3_600 } },
      { target: 5 },
    ],
    [
      'waits before it shrinks',
      {
        observed: { ready: 10, leased: 0 },
        standing: { target: 10, surplusSinceMs: 1 },
        nowMs: 300_000,
      },
      { target: 10, surplusSinceMs: 1, retire: 0 },
    ],
    [
      'shrinks by a fifth and waits again',
      {
        observed: { ready: 10, leased: 0 },
        standing: { target: 10, surplusSinceMs: 0 },
        nowMs: 300_000,
      },
      { target: 8, surplusSinceMs: 300_000, retire: 2 },
    ],
    [
      'does not shrink while it is well used',
      {
        observed: { ready: 5, leased: 5 },
        standing: { target: 10, surplusSinceMs: 0 },
        nowMs: 300_000,
      },
      { target: 10, surplusSinceMs: undefined },
    ],
    [
      'cuts at once to a lower max_size',
      {
        observed: { ready: 20, leased: 0 },
        standing: { target: 20, surplusSinceMs: undefined },
        policy: { ...policy, maxSize: 6 },
      },
      { target: 6, retire: 14 },
    ],
  ];
  it.each(cases)('%s', (_, changes, expected) => {
    expect(planPool(situation(changes))).toMatchObject(expected);
  });

  const counts = fc.integer({ min: 0, max: 500 });
  const situations = fc.record({
    observed: fc.record({ ready: counts, leased: counts }),
    inFlight: counts,
    prefetched: counts,
    demand: fc.record({
      recent: fc.integer({ min: 0, max: 100_000 }),
      forecastPerHour: fc.double({ min: 0, max: 1e6, noNaN: true }),
      leadTimeMs: fc.integer({ min: 1, max: 60_000 }),
    }),
    policy: fc.tuple(counts, counts, counts).map(([a, b, scaleUpThreshold]) => ({
      ...policy,
      minSize: Math.min(a, b),
      maxSize: Math.max(a, b),
      scaleUpThreshold,
    })),
    standing: fc.record({
      target: counts,
      surplusSinceMs: fc.option(fc.integer({ min: 0, max: 1e6 }), { nil: undefined }),
    }),
    nowMs: fc.integer({ min: 1e6, max: 2e6 }),
  });

  it('stays within its bounds and orders exactly the difference', () => {
    fc.assert(
      fc.property(situations, (given) => {
        const plan = planPool(given);
        const stock = given.observed.ready + given.inFlight;
        expect(plan.target).toBeGreaterThanOrEqual(given.policy.minSize);
        expect(plan.target).toBeLessThanOrEqual(given.policy.maxSize);
        expect(stock + plan.create - plan.retire).toBe(plan.target);
        expect(plan.create * plan.retire).toBe(0);
      }),
    );
  });

  it('never shrinks by more than a fifth, but to a lower maximum', () => {
    fc.assert(
      fc.property(situations, (given) => {
        const held = Math.min(given.standing.target, given.policy.maxSize);
        expect(planPool(given).target).toBeGreaterThanOrEqual(held - Math.ceil(held / 5));
      }),
    );
  });

  it('changes nothing when asked again at the same moment', () => {
    fc.assert(
      fc.property(situations, (given) => {
        const first = planPool(given);
        expect(planPool({ ...given, standing: first }).target).toBe(first.target);
      }),
    );
  });
});
