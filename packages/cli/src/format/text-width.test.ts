import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, padded, shortened, wrapped } from './text-width.ts';

it.each([
  ['', 0],
  ['aws-sdk', 7],
  ['ñé', 2],
  ['e\u0301', 1],
  ['漢字', 4],
  ['😀', 2],
  ['a\u200bb', 2],
])('%j has %d columns', (text, columns) => expect(columnsOf(text)).toBe(columns));

describe('shortened', () => {
  it.each([
    ['./src/handlers/payment', 22, './src/handlers/payment'],
    ['./src/handlers/payment', 11, './src…yment'],
    ['漢字漢字', 5, '漢…字'],
    ['abc', 2, 'ab'],
    ['abc', 0, ''],
  ])('%s in %d', (text, columns, shown) => expect(shortened(text, columns, '…')).toBe(shown));

  it('never takes more room than it has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(12), (text, columns) => {
        expect(columnsOf(shortened(text, columns, '…'))).toBeLessThanOrEqual(columns);
      }),
      { seed: 6 },
    );
  });
});

it('fills up by columns, not by characters', () => {
  expect(padded('漢', 4)).toBe('漢  ');
  expect(padded('longer', 4)).toBe('longer');
});

it('breaks lines between words', () => {
  expect(wrapped('one two three', 9, '  ')).toBe('  one two\n  three');
  expect(wrapped('incomprehensibilities no', 9, ' ')).toBe(' incomprehensibilities\n no');
});
