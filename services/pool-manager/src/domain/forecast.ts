// How much will be asked for in the coming hour: average x hour pattern x day pattern (000,
// "Predictive Pool Sizing"), with the patterns learned as the template's own history grows.
import { type HourlyDemand, hourOf } from './demand-history.ts';

export interface Forecast {
  /** Requests expected from now until an hour from now; not rounded. */
  readonly perHour: number;
  /** 0.8 past a hundred samples, else 0.5. */
  readonly confidence: number;
  /** Complete hours of history behind it, quiet ones included. */
  readonly samples: number;
}

/** The seed's: low at night, most in working hours. Index: hour of the day, UTC. */
export const typicalHours: readonly number[] = [
  0.3, 0.2, 0.2, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.2, 1.3, 1.2, 1.0, 1.1, 1.3, 1.4, 1.3, 1.2, 1.0,
  0.9, 0.8, 0.7, 0.5, 0.4,
];
/** Ours (the seed names a day pattern without numbers): quieter weekends. Index 0 is Sunday. */
export const typicalDays: readonly number[] = [0.6, 1, 1, 1, 1, 1, 0.6];

/** The typical pattern counts as much as so many sightings of an hour of the week. */
const priorWeight = 2;
const hoursOfWeek = 168;
/** 1970-01-01 was a Thursday. */
const epochHourOfWeek = 4 * 24;

/**
 * Starts as the seed's formula and bends towards what was seen: the multiplier of an hour of the
 * week is a weighted mean of the typical one and of the template's own, which has as much weight
 * after two weeks. Hours are of UTC, as nodes and users may be anywhere. The two hours that the
 * coming sixty minutes touch count by their share, so that nothing jumps at the full hour. In
 * the first hour the average is what was asked for so far. Being wrong costs cold starts or idle
 * stock, never correctness.
 */
export function forecast(history: HourlyDemand, now: Date): Forecast {
  const current = hourOf(now);
  const samples = history.since === undefined ? 0 : Math.max(0, current - history.since);
  const confidence = samples > 100 ? 0.8 : 0.5;
  const total = history.hours.reduce((sum, { count }) => sum + count, 0);
  const passed = (now.getTime() / 3_600_000) % 1;
  const average = total / Math.max(1, samples + passed);
  if (history.since === undefined || average === 0) return { perHour: 0, confidence, samples };
  const multiplier = (hour: number) => multiplierOf(hour, history, average, current);
  const blended = (1 - passed) * multiplier(current) + passed * multiplier(current + 1);
  return { perHour: average * blended, confidence, samples };
}

function multiplierOf(hour: number, history: HourlyDemand, average: number, current: number) {
  const slot = hourOfWeek(hour);
  const typical = (typicalHours[slot % 24] ?? 1) * (typicalDays[Math.floor(slot / 24)] ?? 1);
  const since = history.since ?? current;
  let seen = 0;
  for (let past = hour - hoursOfWeek; past >= since; past -= hoursOfWeek) {
    if (past < current) seen += 1;
  }
  const asked = history.hours
    .filter((entry) => entry.hour < current && hourOfWeek(entry.hour) === slot)
    .reduce((sum, { count }) => sum + count, 0);
  return (asked / average + priorWeight * typical) / (seen + priorWeight);
}

function hourOfWeek(hour: number): number {
  return (hour + epochHourOfWeek) % hoursOfWeek;
}
