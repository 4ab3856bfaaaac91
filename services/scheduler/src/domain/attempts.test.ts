import { limits } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { afterSetback, firstAttempt } from './attempts.ts';

describe('afterSetback', () => {
  it.each([1, limits.maxAttempts])('does not count a refusal of attempt %i', (attempt) => {
    expect(afterSetback(attempt, { kind: 'refused' })).toEqual({ kind: 'requeue', attempt });
  });

  it('counts what was lost or failed, and gives up after the last', () => {
    expect(afterSetback(1, { kind: 'lost' })).toEqual({ kind: 'requeue', attempt: 2 });
    expect(afterSetback(limits.maxAttempts, { kind: 'lost' })).toEqual({
      kind: 'give_up',
      message: 'Given up after 3 attempts; in the last one its node was lost.',
    });
    expect(afterSetback(limits.maxAttempts, { kind: 'failed', problem: 'No space.' })).toEqual({
      kind: 'give_up',
      message: 'Given up after 3 attempts; in the last one its node reported: No space.',
    });
  });
});

describe('firstAttempt', () => {
  it.each([
    [0, false, 1],
    [0, true, 2],
    [1, false, 2],
    [1, true, 2],
    [3, false, 3],
  ])('after output of attempt %i, nodes unasked: %s', (lastAttemptWithOutput, nodesUnasked, n) => {
    expect(firstAttempt({ lastAttemptWithOutput, nodesUnasked })).toBe(n);
  });
});
