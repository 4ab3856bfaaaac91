import { expect, it } from 'vitest';
import { startOf, timeSpan } from './since.ts';

it.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s is %i ms', (text, ms) => expect(timeSpan(text)).toBe(ms));

it.each(['', '24', 'h', '0h', '-1d', '1.5h', '1w', '99999d', '24 h'])('%j is no time', (text) => {
  expect(() => timeSpan(text)).toThrow(/such as 24h/);
});

it('is where the range starts, or nothing', () => {
  const now = new Date('2026-01-02T00:00:00Z');
  expect(startOf(86_400_000, now)).toEqual({ start: new Date('2026-01-01T00:00:00Z') });
  expect(startOf(undefined, now)).toEqual({});
});
