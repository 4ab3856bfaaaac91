import { describe, expect, it } from 'vitest';
import { DemandHistory, rememberedHours } from './demand-history.ts';

const start = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

describe('DemandHistory', () => {
  it('counts the last five minutes', () => {
    const demand = new DemandHistory();
    for (const seconds of [0, 10, 200, 299]) demand.record(after(seconds));
    expect(demand.recent(after(299))).toBe(4);
    expect(demand.recent(after(320))).toBe(2);
    expect(demand.recent(after(700))).toBe(0);
  });

  it('counts by the hour, in whatever order requests are read', () => {
    const demand = new DemandHistory();
    for (const seconds of [7_300, 10, 7_200, 3_599]) demand.record(after(seconds));
    const first = start.getTime() / 3_600_000;
    expect(demand.hourly(after(7_300))).toEqual({
      since: first,
      hours: [
        { hour: first, count: 2 },
        { hour: first + 2, count: 2 },
      ],
    });
  });

  it('forgets what is four weeks old', () => {
    const demand = new DemandHistory();
    demand.record(start);
    const late = after((rememberedHours + 1) * 3_600);
    demand.record(late);
    expect(demand.hourly(late).hours).toHaveLength(1);
  });
});
