import { expect, test } from 'vitest';
import { awakeMs } from './start-clock.ts';

const hour = 3_600_000;

test.each([
  ['the first event comes at once', 5, 1, 4, 4],
  ['an hour in the poll', hour, hour - 20, 15, 20],
  ['frozen for an hour before the poll', hour, 0, 15, 15],
  ['two seconds of work on a fourteenth of a core', 2000, 0, 143, 2000],
  ['clocks that disagree by a hair', 5, 6, 1, 0],
])('%s', (_name, passed, idle, cpu, expected) => {
  expect(awakeMs(passed, idle, cpu)).toBe(expected);
});
