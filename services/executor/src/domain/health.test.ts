import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterLook,
  afterSleep,
  failuresToUnhealthy,
  type Health,
  healthy,
  type ProbeOutcome,
  problemOf,
  startBudgetMs,
  startPatienceMs,
  watchPatienceMs,
} from './health.ts';

const rules = { periodMs: 1_000, failureThreshold: 30 };
const good: ProbeOutcome = { kind: 'answered', status: 200 };
const bad: ProbeOutcome = { kind: 'silent', detail: 'nobody listens' };
const look = (outcomes: readonly ProbeOutcome[]) => outcomes.reduce<Health>(afterLook, healthy);

describe('an answer', () => {
  it.each([
    [199, false],
    [200, true],
    [204, true],
    [301, true],
    [399, true],
    [400, false],
    [404, false],
    [503, false],
  ])('of status %s is good: %s', (status, isGood) => {
    const problem = problemOf({ kind: 'answered', status });
    expect(problem).toBe(isGood ? undefined : `it answered with status ${status}`);
  });
});

describe('a start', () => {
  it.each([
    ['at its beginning', 0, 1_000],
    ['in its last second', 29_400, 600],
    ['at the end of its time', 30_000, 0],
    ['past it', 31_000, 0],
  ])('%s has so long for one look', (_, elapsedMs, patienceMs) => {
    expect(startPatienceMs(rules, elapsedMs)).toBe(patienceMs);
  });

  it('may take as long as all its periods', () => {
    expect(startBudgetMs(rules)).toBe(30_000);
  });
});

describe('health', () => {
  it.each<[string, readonly ProbeOutcome[], Health]>([
    ['nothing yet', [], healthy],
    ['an answer', [good], healthy],
    ['two failures', [bad, bad], { status: 'healthy', failures: 2, detail: 'nobody listens' }],
    [
      'three failures',
      [bad, bad, bad],
      { status: 'unhealthy', failures: 3, detail: 'nobody listens' },
    ],
    ['failures with an answer between them', [bad, bad, good, bad, bad], look([bad, bad])],
    ['an answer after the end', [bad, bad, bad, bad, good], healthy],
    [
      'a bad status',
      [bad, bad, { kind: 'answered', status: 500 }],
      { status: 'unhealthy', failures: 3, detail: 'it answered with status 500' },
    ],
  ])('after %s', (_, outcomes, expected) => {
    expect(look(outcomes)).toEqual(expected);
  });

  it('counts anew after a sleep, and is no better for it', () => {
    expect(afterSleep(look([bad, bad]))).toMatchObject({ status: 'healthy', failures: 0 });
    expect(afterLook(afterSleep(look([bad, bad])), bad).status).toBe('healthy');
    const lost = afterSleep(look([bad, bad, bad]));
    expect([lost.status, afterLook(lost, bad).status]).toEqual(['unhealthy', 'unhealthy']);
  });

  it('is bad only after so many bad looks in a row', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (looks) => {
        const { status } = look(looks.map((isGood) => (isGood ? good : bad)));
        const last = looks.slice(-failuresToUnhealthy);
        if (status === 'unhealthy') expect(looks.at(-1)).toBe(false);
        if (last.length === failuresToUnhealthy && !last.includes(true)) {
          expect(status).toBe('unhealthy');
        }
        if (!looks.includes(false)) expect(status).toBe('healthy');
      }),
    );
  });

  it.each([
    [1_000, 2_000],
    [10_000, 10_000],
  ])('with a period of %s ms waits %s ms for an answer', (periodMs, patienceMs) => {
    expect(watchPatienceMs({ periodMs, failureThreshold: 1 })).toBe(patienceMs);
  });
});
