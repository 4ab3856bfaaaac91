import { describe, expect, it } from 'vitest';
import { ago, dateTime, duration, percent, size, words } from './figures.ts';

describe('figures for people', () => {
  it.each([
    [0.44, '0.4 ms'],
    [12.4, '12 ms'],
    [1_250, '1.25 s'],
    [31_000, '31.0 s'],
    [125_000, '2 min 5 s'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [312, '312 B'],
    [4_300, '4.2 kB'],
    [38_797_312, '37 MB'],
  ])('%d bytes is %s', (bytes, text) => expect(size(bytes)).toBe(text));

  it('shares and names', () => {
    expect(percent(0.784)).toBe('78 %');
    expect(words('out_of_memory')).toBe('out of memory');
  });

  it.each([
    ['2026-01-03T00:00:05Z', '0 s ago'],
    ['2026-01-02T23:50:00Z', '10 min ago'],
    ['2026-01-02T20:00:00Z', '4 h ago'],
    ['2025-12-31T00:00:00Z', '3 d ago'],
    ['never', ''],
  ])('%s is %s', (then, text) => expect(ago(then, new Date('2026-01-03T00:00:00Z'))).toBe(text));

  it('days', () => {
    expect(dateTime('2026-01-02T12:00:00Z')).toMatch(/^[123] Jan 2026, \d\d:\d\d$/);
    expect(dateTime('never')).toBe('');
  });
});
