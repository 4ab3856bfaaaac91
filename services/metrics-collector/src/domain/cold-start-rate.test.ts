import { describe, expect, it } from 'vitest';
import { ColdStartRate } from './cold-start-rate.ts';
import { windowMs } from './sliding-window.ts';

describe('ColdStartRate', () => {
  it('is the percentage of the last five minutes', () => {
    const rate = new ColdStartRate();
    for (const wasCold of [true, false, false, false]) rate.record('python', wasCold, 0);
    expect(rate.percentages(1_000)).toEqual(new Map([['python', 25]]));
    rate.record('python', true, windowMs + 10_000);
    expect(rate.percentages(windowMs + 10_000)).toEqual(new Map([['python', 100]]));
    expect(rate.percentages(3 * windowMs)).toEqual(new Map([['python', 0]]));
  });
});
