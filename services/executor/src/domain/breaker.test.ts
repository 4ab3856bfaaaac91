import { describe, expect, it } from 'vitest';
import { afterFailure, breakerState, closedBreaker, failuresToOpen } from './breaker.ts';

const failure = { nowMs: 0, problem: 'no such image', hopeless: false };
const failed = (times: number) =>
  Array.from({ length: times }).reduce<typeof closedBreaker>(
    (breaker) => afterFailure(breaker, failure),
    closedBreaker,
  );

describe('a breaker', () => {
  it('stays closed for a little bad luck', () => {
    expect(breakerState(failed(failuresToOpen - 1), 0)).toBe('closed');
  });

  it('opens after failures in a row, then allows a trial', () => {
    const breaker = failed(failuresToOpen);
    expect(breakerState(breaker, 999)).toBe('open');
    expect(breakerState(breaker, 1_000)).toBe('trial');
  });

  it('opens at once where the template cannot work here', () => {
    const breaker = afterFailure(closedBreaker, { ...failure, hopeless: true });
    expect(breakerState(breaker, 0)).toBe('open');
  });

  it('pauses twice as long after each further failure, up to a minute', () => {
    const pauses = [0, 1, 2, 3, 10, 100].map((more) => failed(failuresToOpen + more).openUntilMs);
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 60_000, 60_000]);
  });
});
