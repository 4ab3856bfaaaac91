// When what is often asked for is brought into memory ahead, and what that is (seed 002 section 1:
// threshold 80 %, off-peak).

/** How often a key was looked up, and how often it was there. */
export interface Lookups {
  readonly lookups: number;
  readonly hits: number;
}

const hotHitRate = 0.8;
/** Fewer say nothing: one hit of one would be 100 %. */
const leastLookups = 5;

/** Whether an entry is past the threshold. */
export function isHot({ lookups, hits }: Lookups): boolean {
  return lookups >= leastLookups && hits >= hotHitRate * lookups;
}

/** Requests in a minute that are so few that nobody would notice. */
const quietPerMinute = 60;
const recentMinutes = 2;

/**
 * Whether little is going on: each of the last two minutes was quiet, or had at most half of what a minute
 * of the last hour had on average. `perMinute`: requests in each full minute, oldest first.
 */
export function isOffPeak(perMinute: readonly number[]): boolean {
  const average = perMinute.reduce((sum, count) => sum + count, 0) / Math.max(1, perMinute.length);
  const most = Math.max(quietPerMinute, average / 2);
  return perMinute.slice(-recentMinutes).every((count) => count <= most);
}

/** Those to be removed so that what is left is at most so many bytes: the least recently used first. */
export function chooseEvicted<Entry extends { readonly bytes: number; readonly usedAtMs: number }>(
  entries: readonly Entry[],
  maxBytes: number,
): Entry[] {
  let excess = entries.reduce((sum, { bytes }) => sum + bytes, 0) - maxBytes;
  const evicted: Entry[] = [];
  for (const entry of entries.toSorted((a, b) => a.usedAtMs - b.usedAtMs)) {
    if (excess <= 0) break;
    evicted.push(entry);
    excess -= entry.bytes;
  }
  return evicted;
}
