import fc from 'fast-check';
import { expect, it } from 'vitest';
import { redeliveryDelayMs } from './redelivery.ts';

it('doubles from 250 ms', () => {
  expect([1, 2, 3, 4].map(redeliveryDelayMs)).toEqual([250, 500, 1_000, 2_000]);
});

it('never shrinks and never exceeds 30 s', () => {
  fc.assert(
    fc.property(fc.nat(), (delivery) => {
      const delay = redeliveryDelayMs(delivery);
      expect(delay).toBeLessThanOrEqual(30_000);
      expect(redeliveryDelayMs(delivery + 1)).toBeGreaterThanOrEqual(delay);
    }),
  );
});
