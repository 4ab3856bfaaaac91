import { expect, it } from 'vitest';
import { monthsToHave, nextMonth, startOfMonth } from './months.ts';

it('goes over the end of a year', () => {
  expect(nextMonth('2025-12')).toBe('2026-01');
  expect(startOfMonth('2026-01')).toEqual(new Date('2026-01-01T00:00:00Z'));
});

it.each([
  [[], []],
  [['2026-01-31T23:59:59.999Z'], ['2026-01', '2026-02']],
  [
    ['2026-02-01T00:00:00Z', '2024-11-30T00:00:00Z', '2026-02-03T00:00:00Z'],
    ['2024-11', '2026-02', '2026-03'],
  ],
])('%j needs %j', (times, months) => {
  expect(monthsToHave(times)).toEqual(months);
});
