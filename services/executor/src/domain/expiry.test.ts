import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaseDeadline, leaseEnd, warmDeadline, warmTtlJitter } from './expiry.ts';

const lease = { leasedAtMs: 0, ttlMs: 1_000, idleTimeoutMs: 100, lastUsedMs: 0, activeCalls: 0 };

describe('deadlines', () => {
  it('spreads the end of warm sandboxes, never past their time to live', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 1e7 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (readyAtMs, ttlMs, random) => {
          const dueAtMs = warmDeadline(readyAtMs, ttlMs, random);
          expect(dueAtMs).toBeLessThanOrEqual(readyAtMs + ttlMs);
          expect(dueAtMs).toBeGreaterThan(readyAtMs + ttlMs * (1 - warmTtlJitter) - 1);
        },
      ),
    );
  });

  it.each([
    ['just used', { lastUsedMs: 50 }, 149, undefined],
    ['idle', { lastUsedMs: 50 }, 150, 'inactivity'],
    ['at work', { activeCalls: 1 }, 900, undefined],
    ['at work past its time', { activeCalls: 1 }, 1_000, 'expired'],
    ['used up', { lastUsedMs: 999 }, 1_000, 'expired'],
  ])('a lease that is %s', (_, changed, nowMs, end) => {
    expect(leaseEnd({ ...lease, ...changed }, nowMs)).toBe(end);
  });

  it('never names a deadline at which a lease that is over would not be looked at', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.nat(2_000), fc.nat(1), (lastUsedMs, nowMs, activeCalls) => {
        const times = { ...lease, lastUsedMs, activeCalls };
        if (leaseEnd(times, nowMs) !== undefined) {
          expect(leaseDeadline(times, nowMs)).toBeLessThanOrEqual(nowMs);
        }
      }),
    );
  });
});
