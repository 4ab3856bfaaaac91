import { describe, expect, it } from 'vitest';
import { printable } from './printable.ts';

describe('printable', () => {
  it.each([
    ['plain ñ 😀 "quoted"', 'plain ñ 😀 "quoted"'],
    ['\u001b[2J', '\\x1b[2J'],
    ['a\nb\tc\r\0', 'a\\x0ab\\x09c\\x0d\\x00'],
    ['\u009b31m', '\\x9b31m'],
    ['gpj\u202e.exe', 'gpj\\u202e.exe'],
  ])('%j is %s', (text, shown) => expect(printable(text)).toBe(shown));
});
