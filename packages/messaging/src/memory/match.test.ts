import { expect, it } from 'vitest';
import { matches } from './match.ts';

it.each([
  ['a.b', 'a.b', true],
  ['a.b', 'a.c', false],
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', false],
  ['a.*.c', 'a.b.c', true],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['>', 'a', true],
  ['a.b.c', 'a.b', false],
])('%s on %s: %s', (filter, subject, expected) => {
  expect(matches(filter, subject)).toBe(expected);
});
