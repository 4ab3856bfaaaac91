import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputTail, printable } from './output-tail.ts';

describe('the tail of an output', () => {
  it('is empty before anything was written', () => {
    expect(new OutputTail(8).text()).toBe('');
  });

  it('is what was written last, however it came', () => {
    const chunks = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 40 }));
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 24 }), (parts, size) => {
        const tail = new OutputTail(size);
        for (const part of parts) tail.write(Buffer.from(part));
        expect(tail.text()).toBe(parts.join('').slice(-size));
      }),
    );
  });

  it('can be cut shorter', () => {
    const tail = new OutputTail(8);
    tail.write(Buffer.from('abcdefghij'));
    expect(tail.text(3)).toBe('hij');
  });
});

describe('what is shown of an output', () => {
  it.each([
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['titles', '\u001b]0;title\u0007text', 'text'],
    ['a screen cleared', '\u001b[2J\u001b[Htext', 'text'],
    ['carriage returns and bells', 'a\r\u0007b\nc\td\n', 'ab\nc\td'],
  ])('has no %s', (_, written, shown) => {
    expect(printable(written)).toBe(shown);
  });
});
