import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff } from './backoff.ts';

describe('backoff', () => {
  it('doubles up to its maximum and starts again after a reset', () => {
    const wait = backoff({ minMs: 100, maxMs: 500, jitter: 0 });
    expect([wait.next(), wait.next(), wait.next(), wait.next()]).toEqual([100, 200, 400, 500]);
    wait.reset();
    expect(wait.next()).toBe(100);
  });

  it('takes a random part off', () => {
    const wait = backoff({ minMs: 100, maxMs: 500, jitter: 0.5, random: () => 0.5 });
    expect(wait.next()).toBe(75);
  });

  it('stays within its bounds for ever', () => {
    const options = fc.record({
      minMs: fc.integer({ min: 1, max: 1_000 }),
      maxMs: fc.integer({ min: 1_000, max: 60_000 }),
      factor: fc.integer({ min: 1, max: 10 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(options, (chosen) => {
        const wait = backoff(chosen);
        for (let attempt = 0; attempt < 100; attempt++) {
          const ms = wait.next();
          expect(ms).toBeLessThanOrEqual(chosen.maxMs);
          expect(ms).toBeGreaterThanOrEqual(chosen.minMs * (1 - chosen.jitter));
        }
      }),
    );
  });
});
