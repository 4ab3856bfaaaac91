// The three segments of the cache and their shares of its memory (seed 002 section 1).

export const cacheSegments = ['responses', 'metadata', 'routing'] as const;
export type CacheSegmentName = (typeof cacheSegments)[number];

/** Per cent, so that they add up exactly. */
const shares: Readonly<Record<CacheSegmentName, number>> = {
  responses: 60,
  metadata: 30,
  routing: 10,
};

/** Bytes of one segment; those of all together are never more than the whole. */
export function segmentBytes(segment: CacheSegmentName, totalBytes: number): number {
  return Math.floor((totalBytes * shares[segment]) / 100);
}

/** What an entry costs beside its value: its key, and the bookkeeping around both. */
const overheadBytes = 256;

/** Bytes that an entry in memory is counted as. */
export function entryBytes(key: string, valueBytes: number): number {
  return valueBytes + 2 * key.length + overheadBytes;
}

const pageBytes = 4_096;

/** Bytes that an entry on disk is counted as: whole pages, as if it did not compress at all. */
export function storedBytes(valueBytes: number): number {
  return pageBytes * Math.ceil((valueBytes + overheadBytes) / pageBytes);
}
