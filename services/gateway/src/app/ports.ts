// What the caches need of the outside.
import type { CacheSegmentName } from '../domain/cache-segments.ts';
import type { Lookups } from '../domain/preload.ts';

/** Versions by tag of what a value was made of, such as `template:python`: with another one it is stale. */
export type Dependencies = Readonly<Record<string, string>>;

/** An entry that outlives the process. */
export interface StoredEntry {
  readonly value: Uint8Array;
  /** Wall time in milliseconds. */
  readonly expiresAtMs: number;
  readonly dependsOn: Dependencies;
}

/** How an entry was used since that was last noted. */
export interface Use extends Lookups {
  readonly segment: CacheSegmentName;
  readonly key: string;
}

/** The persistent layer. Nothing here throws: what it cannot do is a miss, or does not happen. */
export interface EntryStore {
  /** Bytes in use, by what entries are counted as. */
  bytes(segment: CacheSegmentName): number;
  get(segment: CacheSegmentName, key: string): StoredEntry | undefined;
  /** Returns at once; what would not fit is not stored. */
  put(segment: CacheSegmentName, key: string, entry: StoredEntry): void;
  remove(segment: CacheSegmentName, key: string): void;
  note(uses: readonly Use[]): void;
  /**
   * Removes what has expired, what `isStale`, and the least recently used past the bound. Works in short
   * pieces. Resolves with the hot entries of what is left, the most used first.
   */
  sweep(isStale: (dependsOn: Dependencies) => boolean): Promise<readonly HotEntry[]>;
}

/** An entry past the hit rate from which on it is kept in memory. */
export interface HotEntry {
  readonly segment: CacheSegmentName;
  readonly key: string;
}

export type CacheLayer = 'memory' | 'disk';
export type EvictionReason = 'size' | 'expired' | 'invalidated' | 'unreadable';

/** What is to be seen of the caches. */
export interface CacheObserver {
  looked(segment: CacheSegmentName, layer: CacheLayer, outcome: 'hit' | 'miss'): void;
  evicted(segment: CacheSegmentName, layer: CacheLayer, reason: EvictionReason): void;
}

/** The part of a logger that is needed here. */
export interface CacheLog {
  warn(fields: object, message: string): void;
}
