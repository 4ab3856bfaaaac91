import { expect, it } from 'vitest';
import { coveredMs, SlidingWindow, windowMs } from './sliding-window.ts';

it('forgets a slice once it is older than the window, also when nobody reads', () => {
  const window = new SlidingWindow(() => ({ count: 0 }));
  const count = (nowMs: number) =>
    window.slices(nowMs).reduce((sum, slice) => sum + slice.count, 0);
  window.at(0).count += 1;
  window.at(9_999).count += 1;
  window.at(10_000).count += 1;
  expect(count(windowMs - 1)).toBe(3);
  expect(count(windowMs)).toBe(1);
  for (let nowMs = 0; nowMs < 100 * windowMs; nowMs += 1_000) window.at(nowMs).count += 1;
  expect(window.slices(100 * windowMs - 1)).toHaveLength(30);
});

it('covers no more than it was there for', () => {
  expect(coveredMs(60_000, 20_000)).toBe(40_000);
  expect(coveredMs(10 * windowMs, 0)).toBe(windowMs - 10_000);
  expect(coveredMs(10 * windowMs + 9_999, 0)).toBe(windowMs - 1);
});
