// The persistent layer of the caches: LMDB, values compressed with LZ4. Reads are memory-mapped and take
// microseconds; writes are gathered and committed on a thread of their own.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@pilotlight/lifecycle';
import type { Database, RootDatabase } from 'lmdb';
import type {
  CacheLog,
  CacheObserver,
  Dependencies,
  EntryStore,
  EvictionReason,
  HotEntry,
  StoredEntry,
  Use,
} from '../app/ports.ts';
import { type CacheSegmentName, cacheSegments, storedBytes } from '../domain/cache-segments.ts';
import { chooseEvicted, isHot, type Lookups } from '../domain/preload.ts';
import { beginTrial, type Trial } from './lmdb-trial.ts';

const fileName = 'cache.mdb';
/** Rows that are looked at in one piece: about a millisecond. */
const rowsAtOnce = 200;
/** What comes when it is full is not stored; so a sweep that finds it nearly full makes room. */
const fullAt = 0.9;
const sweptTo = 0.8;
const maxHot = 1_000;

export interface LmdbStoreOptions {
  /** Made where it is not there. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly observer: CacheObserver;
  readonly log: CacheLog;
}

/** A row about each entry, so that values are read by lookups alone. */
interface Row extends Lookups {
  readonly bytes: number;
  readonly usedAtMs: number;
  readonly expiresAtMs: number;
  readonly dependsOn: Dependencies;
}

interface SweptRow {
  readonly id: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}

/**
 * Undefined, with one warning, where there can be no store: then the caches are in memory only. One process
 * at a time for each folder.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<LmdbStore | undefined> {
  const { folder, log } = options;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { open } = await import('lmdb');
    const path = join(folder, fileName);
    const trial = beginTrial(path, log);
    return new LmdbStore(open({ path, noSubdir: true, maxDbs: 2 }), { ...options, ...trial });
  } catch (err) {
    log.warn({ err, folder }, 'cache: there is none on disk');
    return undefined;
  }
}

export class LmdbStore implements EntryStore {
  readonly #options: LmdbStoreOptions & Trial;
  readonly #root: RootDatabase;
  readonly #rows: Database<Row, string>;
  readonly #values: Database<Uint8Array, string>;
  readonly #bytes = new Map<string, number>();
  /** Sizes that are on their way to disk; undefined: a removal. */
  readonly #pending = new Map<string, { readonly bytes: number | undefined }>();
  #writes = 0;
  /** Until everything has been counted once nothing is added. */
  #isCounted = false;
  #isBroken = false;

  constructor(root: RootDatabase, options: LmdbStoreOptions & Trial) {
    this.#options = options;
    this.#root = root;
    this.#rows = root.openDB({ name: 'rows' });
    this.#values = root.openDB({ name: 'values', encoding: 'binary', compression: true });
  }

  bytes(segment: CacheSegmentName): number {
    return this.#bytes.get(segment) ?? 0;
  }

  get(segment: CacheSegmentName, key: string): StoredEntry | undefined {
    const id = idOf(segment, key);
    const pending = this.#pending.get(id);
    if (pending !== undefined && pending.bytes === undefined) return undefined;
    return this.#try(() => {
      const row = this.#rows.get(id);
      const value = row === undefined ? undefined : this.#values.get(id);
      if (row === undefined || value === undefined) return undefined;
      return { value, expiresAtMs: row.expiresAtMs, dependsOn: row.dependsOn };
    });
  }

  put(segment: CacheSegmentName, key: string, entry: StoredEntry): void {
    if (!this.#isCounted) return;
    const id = idOf(segment, key);
    const bytes = storedBytes(entry.value.length);
    const { clock, maxBytes, observer } = this.#options;
    this.#try(() => {
      const known = this.#rows.get(id);
      if (this.#total() - this.#sizeOf(id) + bytes > maxBytes) {
        observer.evicted(segment, 'disk', 'size');
        return;
      }
      const { lookups = 0, hits = 0 } = known ?? {};
      const { expiresAtMs, dependsOn } = entry;
      const usedAtMs = clock.now().getTime();
      const row = { bytes, usedAtMs, expiresAtMs, dependsOn, lookups, hits };
      this.#follow(id, bytes, () => [
        this.#rows.put(id, row),
        this.#values.put(id, Buffer.from(entry.value)),
      ]);
    });
  }

  remove(segment: CacheSegmentName, key: string): void {
    const id = idOf(segment, key);
    this.#try(() => {
      this.#follow(id, undefined, () => [this.#rows.remove(id), this.#values.remove(id)]);
    });
  }

  note(uses: readonly Use[]): void {
    const usedAtMs = this.#options.clock.now().getTime();
    this.#try(() => {
      for (const { segment, key, lookups, hits } of uses) {
        const id = idOf(segment, key);
        const row = this.#rows.get(id);
        if (row === undefined || this.#pending.has(id)) continue;
        const noted = { lookups: row.lookups + lookups, hits: row.hits + hits, usedAtMs };
        this.#watch([this.#rows.put(id, { ...row, ...noted })]);
      }
    });
  }

  async sweep(isStale: (dependsOn: Dependencies) => boolean): Promise<readonly HotEntry[]> {
    if (!this.#isBroken) await this.#root.committed;
    const writes = this.#writes;
    const isSettled = this.#pending.size === 0;
    const nowMs = this.#options.clock.now().getTime();
    const kept: SweptRow[] = [];
    const hot: { readonly id: string; readonly hits: number }[] = [];
    const dropped: (SweptRow & { readonly reason: EvictionReason })[] = [];
    const rows = this.#try(() => this.#rows.getRange({ snapshot: false })[Symbol.iterator]());
    for (let at = 1; rows !== undefined; at += 1) {
      const next = this.#try(() => rows.next());
      if (next === undefined || next.done === true) break;
      const { key: id, value } = next.value;
      const { bytes, usedAtMs, expiresAtMs, dependsOn } = value;
      const row = { id, bytes, usedAtMs };
      if (expiresAtMs <= nowMs) dropped.push({ ...row, reason: 'expired' });
      else if (isStale(dependsOn)) dropped.push({ ...row, reason: 'invalidated' });
      else {
        kept.push(row);
        if (isHot(value)) hot.push({ id, hits: value.hits });
      }
      if (at % rowsAtOnce === 0) await setImmediate();
    }
    const evicted = this.#chooseEvicted(kept);
    // Where nothing was on its way, what was seen is all there is.
    if (isSettled && writes === this.#writes) this.#countAnew([...kept, ...dropped]);
    if (!this.#isCounted && !this.#isBroken) this.#options.passed();
    this.#isCounted = true;
    const gone = [...dropped, ...evicted.map((row) => ({ ...row, reason: 'size' as const }))];
    for (const [index, { id, reason }] of gone.entries()) {
      const { segment, key } = entryOf(id);
      this.remove(segment, key);
      this.#options.observer.evicted(segment, 'disk', reason);
      if (index % rowsAtOnce === 0) await setImmediate();
    }
    return hottest(hot, new Set(evicted.map(({ id }) => id)));
  }

  /** Writes what is on its way; nothing is found or stored any more. */
  async close(): Promise<void> {
    this.#isBroken = true;
    await this.#root.close();
    this.#options.passed();
  }

  #chooseEvicted(kept: readonly SweptRow[]): SweptRow[] {
    const { maxBytes } = this.#options;
    const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    return total > maxBytes * fullAt ? chooseEvicted(kept, maxBytes * sweptTo) : [];
  }

  #countAnew(rows: readonly { readonly id: string; readonly bytes: number }[]): void {
    this.#bytes.clear();
    for (const { id, bytes } of rows) this.#add(entryOf(id).segment, bytes);
  }

  #add(segment: CacheSegmentName, bytes: number): void {
    this.#bytes.set(segment, this.bytes(segment) + bytes);
  }

  #total(): number {
    return cacheSegments.reduce((sum, segment) => sum + this.bytes(segment), 0);
  }

  /** Also of what is not committed yet, which a read does not see. */
  #sizeOf(id: string): number {
    const pending = this.#pending.get(id);
    return (pending === undefined ? this.#rows.get(id)?.bytes : pending.bytes) ?? 0;
  }

  /** Counts a change that is on its way. `bytes` undefined: a removal. */
  #follow(id: string, bytes: number | undefined, write: () => Promise<boolean>[]): void {
    this.#add(entryOf(id).segment, (bytes ?? 0) - this.#sizeOf(id));
    this.#writes += 1;
    const pending = { bytes };
    this.#pending.set(id, pending);
    this.#watch(write(), () => {
      if (this.#pending.get(id) === pending) this.#pending.delete(id);
    });
  }

  #watch(writes: readonly Promise<boolean>[], committed: () => void = () => undefined): void {
    Promise.all(writes).then(committed, (thrown: unknown) => this.#break(thrown));
  }

  /** A store that fails once is not asked again: a miss costs less than an error at each request. */
  #try<T>(use: () => T): T | undefined {
    if (this.#isBroken) return undefined;
    try {
      return use();
    } catch (thrown) {
      this.#break(thrown);
      return undefined;
    }
  }

  #break(err: unknown): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#bytes.clear();
    this.#options.log.warn({ err }, 'cache: the disk failed, and is not used any more');
  }
}

function hottest(
  hot: readonly { readonly id: string; readonly hits: number }[],
  gone: ReadonlySet<string>,
): HotEntry[] {
  return hot
    .filter(({ id }) => !gone.has(id))
    .toSorted((a, b) => b.hits - a.hits)
    .slice(0, maxHot)
    .map(({ id }) => entryOf(id));
}

function idOf(segment: CacheSegmentName, key: string): string {
  return `${segment}:${key}`;
}

/** Of ids that this file made. */
function entryOf(id: string): HotEntry {
  const [segment = '', key = ''] = id.split(':', 2);
  return { segment: cacheSegments.find((name) => name === segment) ?? 'metadata', key };
}
