import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnsiReader } from './ansi.ts';

function read(...chunks: readonly string[]) {
  const reader = new AnsiReader();
  return chunks.flatMap((chunk) => reader.read(chunk));
}

const plainText = (...chunks: readonly string[]) =>
  read(...chunks)
    .map(({ text }) => text)
    .join('');

describe('terminal escapes', () => {
  it('give text its colours and weights', () => {
    expect(read('a\x1b[31mred\x1b[1;4mbold\x1b[0mplain')).toEqual([
      { text: 'a', style: {} },
      { text: 'red', style: { color: 1 } },
      { text: 'bold', style: { color: 1, isBold: true, isUnderlined: true } },
      { text: 'plain', style: {} },
    ]);
  });

  it.each([
    ['\x1b[92mx', { color: 10 }],
    ['\x1b[44mx', { background: 4 }],
    ['\x1b[38;5;196mx', { color: 'rgb(255 0 0)' }],
    ['\x1b[38;5;244mx', { color: 'rgb(128 128 128)' }],
    ['\x1b[48;2;1;2;300mx', { background: 'rgb(1 2 255)' }],
    ['\x1b[1m\x1b[22mx', {}],
    ['\x1b[31m\x1b[39mx', {}],
    ['\x1b[mx', {}],
  ])('%j', (text, style) => expect(read(text)).toEqual([{ text: 'x', style }]));

  it.each([
    ['a\x1b[2Jb\x1b[10;5Hc', 'abc'],
    ['a\x1b]0;a title\x07b', 'ab'],
    ['a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b', 'alinkb'],
    ['a\x1b(Bb\x1b7c', 'abc'],
    ['a\0\x08b\x07', 'ab'],
    ['a\r\nb\rc', 'a\nb\nc'],
  ])('leave out what is no text: %j', (text, expected) => expect(plainText(text)).toBe(expected));

  it('may be split anywhere', () => {
    const text = 'a\x1b[31mred\r\n\x1b]0;title\x1b\\b\x1b[38;2;1;2;3mc';
    const whole = read(text);
    for (let at = 1; at < text.length; at += 1) {
      const halves = read(text.slice(0, at), text.slice(at));
      expect(halves.map((piece) => piece.text).join('')).toBe(plainText(text));
      expect(halves.at(-1)?.style).toEqual(whole.at(-1)?.style);
    }
  });

  it('that never end hold nothing back for ever', () => {
    expect(plainText(`\x1b]${'x'.repeat(10_000)}`, 'after')).toContain('after');
  });

  it('never make escapes of plain text', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ -~\n]*$/)), (chunks) => {
        expect(plainText(...chunks)).toBe(chunks.join(''));
      }),
      { seed: 5 },
    );
  });
});
