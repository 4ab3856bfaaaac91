// What was asked for and when: the last minutes finely, the last weeks by the hour.

/** Demand "lately" is that of so long (003 section 2.3: window='5m'). */
export const recentWindowMs = 5 * 60_000;
const sliceMs = 5_000;
const hourMs = 3_600_000;
/** Four weeks: each hour of the week has been seen four times. */
export const rememberedHours = 4 * 7 * 24;

/** Demand of one hour of the UTC epoch. */
export interface HourCount {
  readonly hour: number;
  readonly count: number;
}

/** All that a forecast needs to know of the past. */
export interface HourlyDemand {
  /** Hours in which anything was asked for, oldest first; the others were 0. */
  readonly hours: readonly HourCount[];
  /** The first hour that was watched at all; undefined before the first request. */
  readonly since: number | undefined;
}

/** The hour of the UTC epoch that a moment belongs to. */
export function hourOf(at: Date): number {
  return Math.floor(at.getTime() / hourMs);
}

/**
 * Requests for one template, counted. Times may come in any order; what is older than four weeks
 * is dropped. Memory is bounded by the windows, whatever the rate.
 */
export class DemandHistory {
  readonly #slices = new Map<number, number>();
  readonly #hours = new Map<number, number>();
  #since: number | undefined;

  record(at: Date): void {
    add(this.#slices, Math.floor(at.getTime() / sliceMs));
    add(this.#hours, hourOf(at));
    this.#since = Math.min(this.#since ?? Number.POSITIVE_INFINITY, hourOf(at));
    if (this.#slices.size > (2 * recentWindowMs) / sliceMs) this.#forgetBefore(at);
  }

  /** Requests of the last five minutes, to within five seconds at the far edge. */
  recent(now: Date): number {
    const oldest = Math.floor((now.getTime() - recentWindowMs) / sliceMs);
    const newest = Math.floor(now.getTime() / sliceMs);
    let sum = 0;
    for (const [slice, count] of this.#slices) if (slice > oldest && slice <= newest) sum += count;
    return sum;
  }

  hourly(now: Date): HourlyDemand {
    const oldest = hourOf(now) - rememberedHours;
    const hours = [...this.#hours]
      .filter(([hour]) => hour >= oldest && hour <= hourOf(now))
      .map(([hour, count]) => ({ hour, count }))
      .toSorted((a, b) => a.hour - b.hour);
    const since = this.#since === undefined ? undefined : Math.max(this.#since, oldest);
    return { hours, since };
  }

  #forgetBefore(newest: Date): void {
    const oldestSlice = Math.floor((newest.getTime() - recentWindowMs) / sliceMs);
    const oldestHour = hourOf(newest) - rememberedHours;
    for (const slice of this.#slices.keys()) if (slice < oldestSlice) this.#slices.delete(slice);
    for (const hour of this.#hours.keys()) if (hour < oldestHour) this.#hours.delete(hour);
  }
}

function add(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
