import { describe, expect, it } from 'vitest';
import { drawsUnicode, lookOf } from './terminal-look.ts';

const nothing = { lcAll: '', lcCtype: '', lang: '', term: '' };

describe('Unicode', () => {
  it.each([
    [{}, false],
    [{ lang: 'en_US.UTF-8', term: 'xterm-256color' }, true],
    [{ lang: 'de_DE.utf8' }, true],
    [{ lang: 'en_US.ISO-8859-1' }, false],
    [{ lcAll: 'C', lang: 'en_US.UTF-8' }, false],
    [{ lcCtype: 'UTF-8', lang: 'C' }, true],
    [{ lang: 'C.UTF-8', term: 'linux' }, false],
    [{ lang: 'C.UTF-8', term: 'dumb' }, false],
  ])('%j: %s', (known, expected) => {
    expect(drawsUnicode({ ...nothing, ...known })).toBe(expected);
  });
});

it('colours terminals that have colours, and nothing else', () => {
  const shown = (output: object) => lookOf(output).paint('large', 'x');
  expect(shown({ isTTY: true, hasColors: () => true })).toBe('\u001b[31mx\u001b[39m');
  expect(shown({ isTTY: true, hasColors: () => false })).toBe('x');
  expect(shown({ hasColors: () => true })).toBe('x');
});

it('is as wide as the terminal, else 80 columns', () => {
  expect(lookOf({ isTTY: true, columns: 133 }).columns).toBe(133);
  expect(lookOf({ isTTY: true, columns: 0 }).columns).toBe(80);
  expect(lookOf({ columns: 133 }).columns).toBe(80);
});
