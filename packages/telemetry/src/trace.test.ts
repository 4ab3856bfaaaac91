import { describe, expect, it } from 'vitest';
import { childOf, isTraceparent, newTraceparent } from './trace.ts';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

describe('trace context', () => {
  it('starts traces that are valid and differ', () => {
    const [first, second] = [newTraceparent(), newTraceparent()];
    expect(isTraceparent(first)).toBe(true);
    expect(first).not.toBe(second);
  });

  it('keeps trace and flags in a child, with a span of its own', () => {
    const child = childOf(parent);
    expect(child).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    expect(child).not.toBe(parent);
  });

  it('starts a trace where the parent is none', () => {
    expect(isTraceparent(childOf(''))).toBe(true);
  });

  it.each([
    ['', false],
    [parent, true],
    [parent.toUpperCase(), false],
    [`${parent}-extra`, false],
    [parent.replace(/^00/, 'ff'), false],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, false],
    [`00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`, false],
  ])('judges "%s"', (text, valid) => {
    expect(isTraceparent(text)).toBe(valid);
  });
});
