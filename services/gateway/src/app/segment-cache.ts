// One segment of the cache: an LRU in memory, counted in bytes, in front of the persistent layer. Values
// are kept as JSON, so that their size is known and no reader can change what another one gets.
import type { Clock } from '@pilotlight/lifecycle';
import { LRUCache } from 'lru-cache';
import { type CacheSegmentName, entryBytes } from '../domain/cache-segments.ts';
import { isHot, type Lookups } from '../domain/preload.ts';
import type { CacheObserver, Dependencies, EntryStore, EvictionReason, Use } from './ports.ts';
import type { Versions } from './versions.ts';

/** Of the memory layer (seed 002 section 1); entries may live shorter, and longer on disk. */
const memoryTtlMs = 5 * 60_000;
/** What lives shorter is not worth a write. */
const leastStoredTtlMs = 60_000;
/** Keys of which lookups are counted. */
const maxCounted = 10_000;

const none: Lookups = { lookups: 0, hits: 0 };

export interface SegmentOptions {
  readonly name: CacheSegmentName;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly versions: Versions;
  readonly observer: CacheObserver;
  /** Undefined: memory only. */
  readonly store: EntryStore | undefined;
}

/** How long a value is good, and of what it was made. */
export interface EntryTerms {
  readonly ttlMs: number;
  readonly dependsOn: Dependencies;
}

interface InMemory {
  readonly value: Uint8Array;
  readonly dependsOn: Dependencies;
}

export class SegmentCache {
  readonly #options: SegmentOptions;
  readonly #memory: LRUCache<string, InMemory>;
  readonly #counts = new LRUCache<string, { lookups: number; hits: number }>({ max: maxCounted });
  /** Since the store was told. */
  readonly #uses = new LRUCache<string, { lookups: number; hits: number }>({ max: maxCounted });

  constructor(options: SegmentOptions) {
    this.#options = options;
    const { name, maxBytes, clock, observer } = options;
    this.#memory = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      // One value is not to push out everything else.
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
      sizeCalculation: ({ value }, key) => entryBytes(key, value.length),
      ttl: memoryTtlMs,
      ttlResolution: 0,
      // To lru-cache a start of 0 means "for ever".
      perf: { now: () => clock.monotonicMs() + 1 },
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') observer.evicted(name, 'memory', 'size');
        if (reason === 'expire') observer.evicted(name, 'memory', 'expired');
      },
    });
  }

  get name(): CacheSegmentName {
    return this.#options.name;
  }

  /** Bytes in memory, by what entries are counted as. */
  get memoryBytes(): number {
    return this.#memory.calculatedSize;
  }

  /** The value, or undefined. `decode` says undefined of what it cannot read, which is then dropped. */
  get<T>(key: string, decode: (json: unknown) => T | undefined): T | undefined {
    const found = this.#fromMemory(key) ?? this.#fromDisk(key);
    const value = found === undefined ? undefined : this.#read(key, found.value, decode);
    this.#count(key, value !== undefined);
    return value;
  }

  put(key: string, json: unknown, { ttlMs, dependsOn }: EntryTerms): void {
    const { clock, name, store } = this.#options;
    const value = Buffer.from(JSON.stringify(json));
    this.#memory.set(key, { value, dependsOn }, { ttl: Math.min(ttlMs, memoryTtlMs) });
    if (ttlMs < leastStoredTtlMs) return;
    store?.put(name, key, { value, dependsOn, expiresAtMs: clock.now().getTime() + ttlMs });
  }

  /** Brings an entry from disk into memory, without counting that as a lookup. */
  preload(key: string): void {
    if (!this.#memory.has(key)) this.#fetch(key);
  }

  /** Drops what is stale from memory. A lookup would not find it anyway. */
  dropStale(): void {
    for (const [key, { dependsOn }] of this.#memory.entries()) {
      if (this.#options.versions.isStale(dependsOn)) this.#invalidate(key);
    }
  }

  /** Keys in memory that are looked up so often that they are worth being refreshed before they expire. */
  *expiringHot(withinMs: number): Generator<string> {
    for (const key of this.#memory.keys()) {
      if (this.#memory.getRemainingTTL(key) > withinMs) continue;
      if (isHot(this.#counts.get(key) ?? none)) yield key;
    }
  }

  /** What was used since the last time. */
  takeUses(): Use[] {
    const uses = [...this.#uses.entries()].map(([key, use]) => ({
      segment: this.name,
      key,
      ...use,
    }));
    this.#uses.clear();
    return uses;
  }

  #fromMemory(key: string): InMemory | undefined {
    const { name, observer, versions } = this.#options;
    let found = this.#memory.get(key);
    if (found !== undefined && versions.isStale(found.dependsOn)) {
      this.#invalidate(key);
      found = undefined;
    }
    observer.looked(name, 'memory', found === undefined ? 'miss' : 'hit');
    return found;
  }

  #fromDisk(key: string): InMemory | undefined {
    const { name, observer, store } = this.#options;
    if (store === undefined) return undefined;
    const found = this.#fetch(key);
    observer.looked(name, 'disk', found === undefined ? 'miss' : 'hit');
    return found;
  }

  #fetch(key: string): InMemory | undefined {
    const { clock, name, store, versions } = this.#options;
    const found = store?.get(name, key);
    if (found === undefined) return undefined;
    const ttl = Math.min(found.expiresAtMs - clock.now().getTime(), memoryTtlMs);
    if (ttl <= 0) return this.#dropStored(key, 'expired');
    if (versions.isStale(found.dependsOn)) return this.#dropStored(key, 'invalidated');
    this.#memory.set(key, found, { ttl });
    return found;
  }

  #read<T>(
    key: string,
    value: Uint8Array,
    decode: (json: unknown) => T | undefined,
  ): T | undefined {
    try {
      const decoded = decode(JSON.parse(Buffer.from(value).toString('utf8')));
      if (decoded !== undefined) return decoded;
    } catch {
      // The same as a value that is no good.
    }
    this.#memory.delete(key);
    return this.#dropStored(key, 'unreadable');
  }

  #dropStored(key: string, reason: EvictionReason): undefined {
    const { name, observer, store } = this.#options;
    observer.evicted(name, 'disk', reason);
    store?.remove(name, key);
    return undefined;
  }

  #invalidate(key: string): void {
    const { name, observer } = this.#options;
    this.#memory.delete(key);
    observer.evicted(name, 'memory', 'invalidated');
  }

  #count(key: string, isHit: boolean): void {
    for (const counts of [this.#counts, this.#uses]) {
      const { lookups, hits } = counts.get(key) ?? none;
      counts.set(key, { lookups: lookups + 1, hits: hits + (isHit ? 1 : 0) });
    }
  }
}
