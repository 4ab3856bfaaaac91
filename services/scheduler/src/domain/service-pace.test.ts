import { describe, expect, it } from 'vitest';
import { ServicePace } from './service-pace.ts';

/** Ends every so often, each of a run that took four times as long. */
function paced(pace: ServicePace, gapMs: number, ends: number, fromMs = 0): number {
  let nowMs = fromMs;
  pace.saturated(true, nowMs);
  for (let n = 0; n < ends; n += 1) {
    nowMs += gapMs;
    pace.ended(4 * gapMs, nowMs);
  }
  return nowMs;
}

describe('the pace of service', () => {
  it('is learned within twenty ends or so', () => {
    const pace = new ServicePace();
    const nowMs = paced(pace, 100, 20);
    expect(pace.gapMs(nowMs)).toBeGreaterThan(70);
    paced(pace, 100, 100, nowMs);
    expect(pace.gapMs(nowMs)).toBeCloseTo(100, 0);
    expect(pace.slotMs).toBeCloseTo(400, 0);
  });

  it('learns nothing while there is room for more', () => {
    const pace = new ServicePace();
    const nowMs = paced(pace, 100, 100);
    pace.saturated(false, nowMs);
    pace.ended(5, nowMs + 60_000);
    expect(pace.gapMs(nowMs + 60_000)).toBeCloseTo(100, 0);
    expect(pace.slotMs).toBeCloseTo(400, 0);
    pace.saturated(true, nowMs + 60_000);
    pace.ended(400, nowMs + 60_100);
    expect(pace.gapMs(nowMs + 60_100)).toBeCloseTo(100, 0);
  });

  it('shows a standstill while it lasts', () => {
    const pace = new ServicePace();
    const nowMs = paced(pace, 100, 100);
    expect(pace.gapMs(nowMs + 50)).toBeCloseTo(100, 0);
    expect(pace.gapMs(nowMs + 1_600)).toBeGreaterThan(180);
  });

  it('forgets a long standstill', () => {
    const pace = new ServicePace();
    const nowMs = paced(pace, 100, 100);
    pace.ended(400, nowMs + 3_600_000);
    expect(pace.gapMs(nowMs + 3_600_000)).toBeLessThan(200);
  });
});
