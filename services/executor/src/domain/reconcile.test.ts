import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type PoolView,
  reconcileStock,
  refillBatch,
  type StockView,
  unneeded,
} from './reconcile.ts';

const pool = (template: string, changed: Partial<PoolView> = {}): PoolView => ({
  ...{ template, target: 0, ready: [], inFlight: 0, waiting: 0, breaker: 'closed' },
  ...changed,
});
const stock = (pools: PoolView[], changed: Partial<StockView> = {}): StockView => ({
  ...{ pools, freeSlots: 100, freeingSlots: 0, maxRefills: refillBatch },
  ...changed,
});

describe('reconcileStock', () => {
  it.each<[string, StockView, string[], string[]]>([
    ['fills an empty pool', stock([pool('a', { target: 2 })]), ['a', 'a'], []],
    [
      'counts what is on its way',
      stock([pool('a', { target: 2, ready: ['1'], inFlight: 1 })]),
      [],
      [],
    ],
    ['orders for a caller without a target', stock([pool('a', { waiting: 1 })]), ['a'], []],
    [
      'orders for callers beside the target',
      stock([pool('a', { target: 1, waiting: 2, inFlight: 1 })]),
      ['a', 'a'],
      [],
    ],
    [
      'serves callers of one template before the stock of another',
      stock([pool('a', { target: 5 }), pool('b', { waiting: 1 })], { freeSlots: 1 }),
      ['b'],
      [],
    ],
    [
      'retires what is too much',
      stock([pool('a', { target: 1, ready: ['1', '2', '3'] })]),
      [],
      ['1', '2'],
    ],
    [
      'waits while the breaker is open',
      stock([pool('a', { target: 3, waiting: 1, breaker: 'open' })]),
      [],
      [],
    ],
    [
      'tries one on trial',
      stock([pool('a', { target: 3, waiting: 2, breaker: 'trial' })]),
      ['a'],
      [],
    ],
    [
      'tries no second on trial',
      stock([pool('a', { target: 3, inFlight: 1, breaker: 'trial' })]),
      [],
      [],
    ],
    [
      'makes room for a caller from the largest pool',
      stock(
        [
          pool('a', { target: 1, ready: ['1'] }),
          pool('b', { target: 2, ready: ['2', '3'] }),
          pool('c', { waiting: 1 }),
        ],
        { freeSlots: 0 },
      ),
      [],
      ['2'],
    ],
    [
      'makes no room where some is coming',
      stock([pool('b', { target: 1, ready: ['2'] }), pool('c', { waiting: 1 })], {
        freeSlots: 0,
        freeingSlots: 1,
      }),
      [],
      [],
    ],
    [
      'refills in turn',
      stock([pool('a', { target: 9 }), pool('b', { target: 9 })], { maxRefills: 4 }),
      ['a', 'b', 'a', 'b'],
      [],
    ],
  ])('%s', (_, view, create, retire) => {
    expect(reconcileStock(view)).toEqual({ create, retire });
  });

  const pools = fc.uniqueArray(
    fc.record({
      template: fc.constantFrom('a', 'b', 'c', 'd'),
      target: fc.nat(20),
      readyCount: fc.nat(8),
      inFlight: fc.nat(8),
      waiting: fc.nat(8),
      breaker: fc.constantFrom('closed' as const, 'open' as const, 'trial' as const),
    }),
    { selector: ({ template }) => template },
  );
  const views = fc
    .record({ pools, freeSlots: fc.integer({ min: -2, max: 30 }), freeingSlots: fc.nat(3) })
    .map((view) => ({
      ...view,
      maxRefills: refillBatch,
      pools: view.pools.map(({ readyCount, ...rest }) => ({
        ...rest,
        ready: Array.from({ length: readyCount }, (_, i) => `${rest.template}${i}`),
      })),
    }));

  it('never over-creates, never passes the slots, and keeps refills within the batch', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { create } = reconcileStock(view);
        expect(create.length).toBeLessThanOrEqual(Math.max(0, view.freeSlots));
        for (const one of view.pools) {
          const created = create.filter((name) => name === one.template).length;
          const missing = one.target + one.waiting - one.ready.length - one.inFlight;
          expect(created).toBeLessThanOrEqual(Math.max(0, missing));
        }
        const callers = view.pools.reduce((sum, one) => sum + one.waiting, 0);
        expect(create.length).toBeLessThanOrEqual(refillBatch + callers);
      }),
    );
  });

  it('retires only what is ready, each once, and never what a caller of that template waits for', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { retire } = reconcileStock(view);
        expect(new Set(retire).size).toBe(retire.length);
        for (const one of view.pools) {
          const retired = retire.filter((id) => one.ready.includes(id)).length;
          expect(one.ready.length - retired).toBeGreaterThanOrEqual(
            Math.min(one.waiting, one.ready.length),
          );
        }
      }),
    );
  });

  it('never orders what it would take back', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { create } = reconcileStock(view);
        for (const one of view.pools) {
          const ordered = create.filter((name) => name === one.template).length;
          const after = { ...one, inFlight: one.inFlight + ordered };
          expect(unneeded(after)).toBe(unneeded(one));
        }
      }),
    );
  });

  it('has nothing to do once its own orders are in flight', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { create, retire } = reconcileStock(view);
        const next = {
          ...view,
          freeSlots: view.freeSlots - create.length,
          freeingSlots: view.freeingSlots + retire.length,
          pools: view.pools.map((one) => ({
            ...one,
            ready: one.ready.filter((id) => !retire.includes(id)),
            inFlight: one.inFlight + create.filter((name) => name === one.template).length,
          })),
        };
        expect(reconcileStock(next)).toEqual({ create: [], retire: [] });
      }),
    );
  });
});
