import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fits, isStorable, storableName } from './storable-text.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const anyText = fc.oneof(text, fc.array(fc.constantFrom('a', '\0', '\ud83d', '\ude00')).map(join));
const most = 12;

function join(units: readonly string[]): string {
  return units.join('');
}

it('a name becomes one that can be kept, and is left alone where it can', () => {
  fc.assert(
    fc.property(anyText, (given) => {
      const kept = storableName(given, most);
      expect(isStorable(kept)).toBe(true);
      expect(kept.length).toBeLessThanOrEqual(most);
      expect(storableName(kept, most)).toBe(kept);
      if (isStorable(given) && given.length <= most) expect(kept).toBe(given);
    }),
    { seed: 1 },
  );
});

it.each([
  ['a\0b', 'a\u{fffd}b'],
  ['\ud800x', '\u{fffd}x'],
  ['abcdefghijklmno', 'abcdefghijk…'],
  ['abcdefghij😀klmno', 'abcdefghij…'],
])('%j is kept as %j', (given, kept) => {
  expect(storableName(given, most)).toBe(kept);
});

it('characters are counted as the database counts them', () => {
  expect(fits('😀'.repeat(12), 12)).toBe(true);
  expect(fits('😀'.repeat(13), 12)).toBe(false);
  expect(fits('a'.repeat(13), 12)).toBe(false);
  expect(fits('a'.repeat(1_000_000), 12)).toBe(false);
});
