import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DemandHistory } from './demand-history.ts';
import { forecast } from './forecast.ts';

const thursday = new Date('2026-01-01T00:00:00Z');
const hourMs = 3_600_000;
const after = (hours: number) => new Date(thursday.getTime() + hours * hourMs);

/** Requests at the start of each hour, as many as `asked` says. */
function history(hours: number, asked: (at: Date) => number): DemandHistory {
  const demand = new DemandHistory();
  for (let hour = 0; hour < hours; hour += 1) {
    for (let n = asked(after(hour)); n > 0; n -= 1) demand.record(after(hour));
  }
  return demand;
}

describe('forecast', () => {
  it('expects nothing where nobody ever asked', () => {
    const now = after(5);
    expect(forecast(new DemandHistory().hourly(now), now)).toEqual({
      perHour: 0,
      confidence: 0.5,
      samples: 0,
    });
  });

  it('starts as average x hour pattern x day pattern of the seed', () => {
    const demand = history(1, () => 10);
    const now = after(15);
    expect(forecast(demand.hourly(now), now).perHour).toBeCloseTo((10 / 15) * 1.4);
  });

  it('does not blow up a first minute into an hour', () => {
    const demand = history(1, () => 7);
    const now = new Date(thursday.getTime() + 60_000);
    expect(forecast(demand.hourly(now), now).perHour).toBeLessThanOrEqual(7);
  });

  it('moves smoothly into the next hour', () => {
    const demand = history(1, () => 100);
    const [before, at] = [new Date(after(8).getTime() - 1), after(8)];
    const jump =
      forecast(demand.hourly(at), at).perHour - forecast(demand.hourly(before), before).perHour;
    expect(Math.abs(jump)).toBeLessThan(0.01);
  });

  it('is more confident past a hundred hours of history', () => {
    const demand = history(1, () => 1);
    expect(forecast(demand.hourly(after(100)), after(100))).toMatchObject({ confidence: 0.5 });
    expect(forecast(demand.hourly(after(101)), after(101))).toMatchObject({ confidence: 0.8 });
  });

  it("learns the template's own hours of the week", () => {
    const nightly = history(4 * 168, (at) => (at.getUTCHours() === 3 ? 24 : 0));
    const night = after(4 * 168 + 3);
    const noon = after(4 * 168 + 12);
    expect(forecast(nightly.hourly(night), night).perHour).toBeGreaterThan(12);
    expect(forecast(nightly.hourly(noon), noon).perHour).toBeLessThan(1);
  });

  it('is never negative, and scales with the demand', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(counts, (asked) => {
        const index = (at: Date) => (at.getTime() - thursday.getTime()) / hourMs;
        const once = history(asked.length, (at) => asked[index(at)] ?? 0);
        const twice = history(asked.length, (at) => 2 * (asked[index(at)] ?? 0));
        const now = after(asked.length);
        const { perHour } = forecast(once.hourly(now), now);
        expect(perHour).toBeGreaterThanOrEqual(0);
        expect(forecast(twice.hourly(now), now).perHour).toBeCloseTo(2 * perHour);
      }),
    );
  });
});
