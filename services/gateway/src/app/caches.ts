// All caches of a gateway, and what keeps them in order beside the requests.
import type { Pool, Principal } from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import { type CacheSegmentName, cacheSegments, segmentBytes } from '../domain/cache-segments.ts';
import { isOffPeak } from '../domain/preload.ts';
import { templateTag } from './catalogue.ts';
import { EndedExecutions } from './ended-executions.ts';
import { MetadataCache } from './metadata-cache.ts';
import type { CacheObserver, EntryStore } from './ports.ts';
import { ResultCache, type ResultCacheOptions } from './result-cache.ts';
import { SegmentCache } from './segment-cache.ts';
import type { Versions } from './versions.ts';

const upkeepEveryMs = 60_000;
const rememberedMinutes = 60;

/** Versions of languages change with a node's toolchains, which nobody tells of. */
const versionsTtlMs = 30_000;

export interface CachesOptions extends Pick<ResultCacheOptions, 'catalogue'> {
  /** As the pool-manager lists them. May reject. */
  listPools(principal: Principal): Promise<readonly Pick<Pool, 'template' | 'versions'>[]>;
  /** Of the memory layer, all segments together. */
  readonly memoryBytes: number;
  readonly clock: Clock;
  readonly versions: Versions;
  readonly observer: CacheObserver;
  /** Undefined: memory only. */
  readonly store: EntryStore | undefined;
}

export class Caches {
  readonly metadata: MetadataCache;
  readonly results: ResultCache;
  readonly executions: EndedExecutions;
  readonly #options: CachesOptions;
  readonly #segments: ReadonlyMap<CacheSegmentName, SegmentCache>;
  readonly #perMinute: number[] = [];
  #requests = 0;
  #isStale = false;

  constructor(options: CachesOptions) {
    this.#options = options;
    const { memoryBytes, versions, listPools } = options;
    const segment = (name: CacheSegmentName) =>
      new SegmentCache({ ...options, name, maxBytes: segmentBytes(name, memoryBytes) });
    const responses = segment('responses');
    const metadata = segment('metadata');
    const routing = segment('routing');
    this.#segments = new Map([responses, metadata, routing].map((made) => [made.name, made]));
    this.metadata = new MetadataCache(metadata, versions);
    this.executions = new EndedExecutions(routing);
    const routes = new MetadataCache(routing, versions);
    this.results = new ResultCache({
      ...options,
      segment: responses,
      languageVersions: (template, principal) =>
        routes.answer({
          of: ['versions', template],
          ttlMs: versionsTtlMs,
          tags: [templateTag(template)],
          async load() {
            const pools = await listPools(principal);
            return pools.find((pool) => pool.template === template)?.versions ?? [];
          },
        }),
    });
    versions.onChange(() => this.#sweepMemorySoon());
  }

  /** Bytes in use by segment and layer. */
  bytes(): { segment: CacheSegmentName; layer: 'memory' | 'disk'; bytes: number }[] {
    return cacheSegments.flatMap((segment) => [
      {
        ...{ segment, layer: 'memory' as const },
        bytes: this.#segments.get(segment)?.memoryBytes ?? 0,
      },
      { segment, layer: 'disk' as const, bytes: this.#options.store?.bytes(segment) ?? 0 },
    ]);
  }

  /** A request came: by this it is known when little is going on. */
  countRequest(): void {
    this.#requests += 1;
  }

  /** Keeps the caches in order until the signal aborts, each minute. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.tidy();
      await pause(clock, upkeepEveryMs, signal);
      this.#perMinute.push(this.#requests);
      this.#requests = 0;
      if (this.#perMinute.length > rememberedMinutes) this.#perMinute.shift();
    }
  }

  /** Notes what was used, sweeps the disk, and off-peak brings what is hot into memory. */
  async tidy(): Promise<void> {
    const { store, versions } = this.#options;
    for (const segment of this.#segments.values()) segment.dropStale();
    const uses = [...this.#segments.values()].flatMap((segment) => segment.takeUses());
    store?.note(uses);
    const hot = (await store?.sweep((dependsOn) => versions.isStale(dependsOn))) ?? [];
    if (!isOffPeak(this.#perMinute)) return;
    for (const { segment, key } of hot) this.#segments.get(segment)?.preload(key);
    await this.metadata.refresh(upkeepEveryMs);
  }

  /** Once for all changes of one turn. */
  #sweepMemorySoon(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    queueMicrotask(() => {
      this.#isStale = false;
      for (const segment of this.#segments.values()) segment.dropStale();
    });
  }
}
