import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextMoment, stepTimes } from './timeline.ts';

const at = (wallMs: number, monotonicMs: number) => ({ wallMs, monotonicMs });

describe('the times told of a sandbox', () => {
  it.each([
    ['follow the wall clock', at(1_000, 5), at(1_070, 75), 1_070],
    ['go on as counted where it was set back', at(1_000, 5), at(400, 75), 1_070],
    ['follow it where it leapt ahead', at(1_000, 5), at(9_000, 75), 9_000],
    ['keep the fractions that a date drops', at(1_000.9, 5.2), at(1_001, 5.6), 1_001.3],
  ])('%s', (_, last, now, wallMs) => {
    const next = nextMoment(last, now);
    expect(next.wallMs).toBeCloseTo(wallMs);
    expect(next.monotonicMs).toBe(now.monotonicMs);
  });

  it('never go back and never pass slower than time does, whatever the wall clock does', () => {
    const looks = fc.array(
      fc.record({
        wallMs: fc.integer({ min: -1e9, max: 1e9 }),
        passedMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(looks, (given) => {
        let last = at(0, 0);
        for (const { wallMs, passedMs } of given) {
          const next = nextMoment(last, at(wallMs, last.monotonicMs + passedMs));
          // Sums of doubles are off by a hair.
          expect(next.wallMs - last.wallMs).toBeGreaterThanOrEqual(passedMs - 1e-3);
          last = next;
        }
      }),
    );
  });
});

describe('stepTimes', () => {
  it('has each phase begin where the one before ended', () => {
    const phases = { imagePullMs: 100, containerCreateMs: 20, processStartMs: 3 };
    expect(stepTimes(new Date(1_000), phases)).toEqual({
      imageReadyAt: new Date(1_100),
      containerCreatedAt: new Date(1_120),
      processStartedAt: new Date(1_123),
    });
  });
});
