import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fence } from './fencing.ts';

describe('a fence', () => {
  it('admits an epoch exactly when none of the same issuer was newer', () => {
    const orders = fc.array(
      fc.tuple(fc.constantFrom('scheduler' as const, 'pool-manager' as const), fc.nat(6)),
    );
    fc.assert(
      fc.property(orders, (given) => {
        const fence = new Fence();
        for (const [index, [issuer, epoch]] of given.entries()) {
          const before = given.slice(0, index).filter(([other]) => other === issuer);
          const newest = Math.max(0, ...before.map(([, other]) => other));
          expect(fence.admits(issuer, epoch)).toBe(epoch >= newest);
        }
      }),
    );
  });

  it('refuses with failed_precondition', () => {
    const fence = new Fence();
    fence.check('scheduler', 2);
    expect(() => fence.check('scheduler', 1)).toThrow(
      expect.objectContaining({ code: 'failed_precondition' }),
    );
  });
});
