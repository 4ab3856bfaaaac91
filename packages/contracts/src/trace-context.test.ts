import { describe, expect, it } from 'vitest';
import { newTraceparent, parseTraceparent } from './trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentSpanId = 'b7ad6b7169203331';
const given = `00-${traceId}-${parentSpanId}-01`;

describe('parseTraceparent', () => {
  it('tells trace, parent and whether the caller records it', () => {
    expect(parseTraceparent(given)).toEqual({ traceId, parentSpanId, isSampled: true });
    expect(parseTraceparent(given.replace(/01$/, '02'))?.isSampled).toBe(false);
    expect(parseTraceparent(given.replace(/01$/, 'ff'))?.isSampled).toBe(true);
  });

  it.each([
    '',
    given.toUpperCase(),
    `${given}-extra`,
    given.replace(/^00/, 'ff'),
    given.replace(traceId, '0'.repeat(32)),
    given.replace(parentSpanId, '0'.repeat(16)),
  ])('refuses "%s"', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('newTraceparent', () => {
  it('begins another trace each time, in which nobody has a span yet', () => {
    const [one, other] = [newTraceparent(), newTraceparent()].map(parseTraceparent);
    expect(one).toMatchObject({ parentSpanId: undefined, isSampled: true });
    expect(one?.traceId).not.toBe(other?.traceId);
  });
});
