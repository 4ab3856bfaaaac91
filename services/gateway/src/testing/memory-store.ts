// The persistent layer of the caches in memory: as the one on disk, but without a bound.
import type { Dependencies, EntryStore, HotEntry, StoredEntry, Use } from '../app/ports.ts';
import type { CacheSegmentName } from '../domain/cache-segments.ts';
import { isHot } from '../domain/preload.ts';

export class MemoryStore implements EntryStore {
  readonly entries = new Map<string, StoredEntry & HotEntry>();
  readonly #uses = new Map<string, { lookups: number; hits: number }>();

  bytes(segment: CacheSegmentName): number {
    return [...this.entries.values()]
      .filter((entry) => entry.segment === segment)
      .reduce((sum, { value }) => sum + value.length, 0);
  }

  get(segment: CacheSegmentName, key: string): StoredEntry | undefined {
    return this.entries.get(`${segment}:${key}`);
  }

  put(segment: CacheSegmentName, key: string, entry: StoredEntry): void {
    this.entries.set(`${segment}:${key}`, { ...entry, segment, key });
  }

  remove(segment: CacheSegmentName, key: string): void {
    this.entries.delete(`${segment}:${key}`);
  }

  note(uses: readonly Use[]): void {
    for (const { segment, key, lookups, hits } of uses) {
      const id = `${segment}:${key}`;
      const known = this.#uses.get(id) ?? { lookups: 0, hits: 0 };
      this.#uses.set(id, { lookups: known.lookups + lookups, hits: known.hits + hits });
    }
  }

  async sweep(isStale: (dependsOn: Dependencies) => boolean): Promise<readonly HotEntry[]> {
    for (const [id, { dependsOn }] of this.entries) if (isStale(dependsOn)) this.entries.delete(id);
    return [...this.entries]
      .filter(([id]) => isHot(this.#uses.get(id) ?? { lookups: 0, hits: 0 }))
      .map(([, { segment, key }]) => ({ segment, key }));
  }
}
