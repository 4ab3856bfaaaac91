import { expect, it } from 'vitest';
import { windowMs } from './sliding-window.ts';
import { TemplateTimes, warmHitRatio } from './template-times.ts';

it('tells warm from cold, adds them up, and forgets both', () => {
  const times = new TemplateTimes();
  for (const seconds of [0.002, 0.002, 0.003]) times.acquired('warm', seconds, 0);
  times.acquired('cold', 0.4, 60_000);
  times.started(0.3, 60_000);
  const { acquisition, start } = times.recent(60_000);
  expect(acquisition.warm).toMatchObject({ count: 3, max: 0.003 });
  expect(acquisition.cold).toMatchObject({ count: 1, max: 0.4 });
  expect(acquisition.all).toMatchObject({ count: 4, max: 0.4 });
  expect(start?.p50).toBeCloseTo(0.3, 2);
  expect(warmHitRatio([times.recent(60_000)])).toBe(0.75);
  expect(warmHitRatio([times.recent(windowMs + 10_000)])).toBe(0);
  expect(warmHitRatio([times.recent(3 * windowMs)])).toBeUndefined();
});
