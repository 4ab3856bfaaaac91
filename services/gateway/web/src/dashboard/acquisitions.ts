// What requesters waited for their sandboxes, and its percentiles over time.

/** One request that got its sandbox. */
export interface Acquisition {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ms: number;
  readonly isWarm: boolean;
}

/** Newest last, each request once, at most `limit` of them. */
export function merge(
  known: readonly Acquisition[],
  more: readonly Acquisition[],
  limit: number,
): readonly Acquisition[] {
  const byId = new Map([...known, ...more].map((one) => [one.requestId, one]));
  return [...byId.values()].toSorted((a, b) => a.at - b.at).slice(-limit);
}

/** Interpolated between neighbours as PostgreSQL's percentile_cont does; undefined of nothing. */
export function percentile(sorted: readonly number[], share: number): number | undefined {
  if (sorted.length === 0) return undefined;
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}

/** Columns of equal length: the middle of each interval in seconds since 1970, then p50, p95, p99. */
export type Series = readonly [
  readonly number[],
  readonly (number | null)[],
  readonly (number | null)[],
  readonly (number | null)[],
];

/**
 * From the first of them to `now`, in at most `intervals` equal parts of at least a second. An interval
 * in which nobody asked is null: a gap, not a zero.
 */
export function seriesOf(all: readonly Acquisition[], now: number, intervals: number): Series {
  const first = all[0]?.at ?? now;
  const step = Math.max(1_000, (now - first) / intervals);
  const parts = new Map<number, number[]>();
  for (const { at, ms } of all) {
    const index = Math.min(intervals - 1, Math.max(0, Math.floor((at - first) / step)));
    parts.set(index, [...(parts.get(index) ?? []), ms]);
  }
  const count = Math.min(intervals, Math.floor(Math.max(0, now - first) / step) + 1);
  const sorted = Array.from({ length: count }, (_, index) =>
    (parts.get(index) ?? []).toSorted((a, b) => a - b),
  );
  const column = (share: number) => sorted.map((values) => percentile(values, share) ?? null);
  const times = sorted.map((_, index) => (first + (index + 0.5) * step) / 1_000);
  return [times, column(0.5), column(0.95), column(0.99)];
}

/** 0 to 1; undefined of nothing. */
export function warmShare(all: readonly Acquisition[]): number | undefined {
  if (all.length === 0) return undefined;
  return all.filter(({ isWarm }) => isWarm).length / all.length;
}
