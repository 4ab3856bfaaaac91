import { expect, it } from 'vitest';
import { Outcomes } from './outcomes.ts';
import { windowMs } from './sliding-window.ts';

it('is of the time that there was, then of the window', () => {
  const outcomes = new Outcomes(1_000);
  expect(outcomes.rates(1_000)).toEqual({
    ...{ perSecond: 0, faultRatio: undefined, completeRatio: undefined },
  });
  for (const isFault of [true, false, false, false]) {
    outcomes.record({ isComplete: !isFault, isFault }, 2_000);
  }
  expect(outcomes.rates(3_000)).toEqual({ perSecond: 2, faultRatio: 0.25, completeRatio: 0.75 });
  outcomes.record({ isComplete: false, isFault: false }, 2 * windowMs);
  const { perSecond, completeRatio } = outcomes.rates(2 * windowMs);
  expect({ perSecond, completeRatio }).toEqual({ perSecond: 1 / 290, completeRatio: 0 });
});
