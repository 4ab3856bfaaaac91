import { describe, expect, it } from 'vitest';
import { failed, leased, received, stopped } from '../testing/events.ts';
import { isClockSkewed } from './clock-skew.ts';
import { containerStatsRow } from './container-stats.ts';

const at = (ms: number) => new Date(received.getTime() + ms);
/** Every moment that an event can tell of, as they come. */
const cold = {
  fromWarmPool: false,
  ...{ orderedAt: at(1), sandboxCreatedAt: at(2), imageReadyAt: at(3), containerCreatedAt: at(4) },
  ...{ processStartedAt: at(5), readyAt: at(6), availableAt: at(7), stoppedAt: at(8) },
};

describe('isClockSkewed', () => {
  it.each([
    ['a lease from stock, which was ready before anybody asked', leased()],
    ['its end', stopped()],
    ['a start that failed', failed()],
    ['a cold start with all its moments', stopped(cold)],
    ['moments that coincide', stopped({ ...cold, readyAt: at(5), availableAt: at(5) })],
  ])('is false for %s', (_, event) => {
    expect(isClockSkewed(event)).toBe(false);
  });

  it.each([
    ['available before it was asked for', leased({ availableAt: at(-1) })],
    ['stopped before it was available', stopped({ stoppedAt: at(1) })],
    ['stopped before it was asked for', failed({ stoppedAt: at(-1) })],
    ['available before it was ready', stopped({ ...cold, availableAt: at(5) })],
    ['ready before its process was there', stopped({ ...cold, readyAt: at(4) })],
    ['created before it was ordered', stopped({ ...cold, orderedAt: at(3) })],
    ['its image there after its container', stopped({ ...cold, imageReadyAt: at(5) })],
    ['a wait below nothing', leased({ acquisitionMs: -1 })],
    ['a phase below nothing', leased({ phases: { appInitMs: -0.5 } })],
  ])('is true for %s', (_, event) => {
    expect(isClockSkewed(event)).toBe(true);
  });
});

it('leaves no duration below nothing', () => {
  const row = containerStatsRow(
    stopped({ acquisitionMs: -3, stoppedAt: at(-10), phases: { appInitMs: -1, totalMs: 4 } }),
  );
  expect(row).toMatchObject({
    ...{ clock_skewed: true, startup_time_ms: 0, acquisition_ms: 0, active_duration_ms: 0 },
    ...{ app_init_ms: 0, total_ms: 4 },
  });
});
