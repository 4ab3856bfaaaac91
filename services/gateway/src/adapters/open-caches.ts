// A gateway's caches and its view of the catalogue, for as long as it runs.
import { type ServiceContext, systemClock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { Caches } from '../app/caches.ts';
import { Catalogue } from '../app/catalogue.ts';
import { Versions } from '../app/versions.ts';
import { cacheMetrics } from './cache-metrics.ts';
import { lateStore } from './late-store.ts';
import { openLmdbStore } from './lmdb-store.ts';
import type { Platform } from './platform.ts';

const mebibyte = 1024 * 1024;
const listTimeoutMs = 5_000;

export interface CacheSettings {
  readonly cacheMemoryMb: number;
  readonly cacheDir?: string | undefined;
  readonly cacheDiskMb: number;
}

export interface CacheParts {
  readonly bus: Bus;
  readonly platform: Pick<Platform, 'pools'>;
  readonly config: CacheSettings;
}

/** Resolves when the catalogue is known; what is on disk is opened and looked through once the service is ready. */
export async function openCaches(
  { bus, platform, config }: CacheParts,
  { logger, metrics, scope, startup }: ServiceContext,
): Promise<{ readonly caches: Caches; readonly catalogue: Catalogue }> {
  let made: Caches | undefined;
  const observer = cacheMetrics(metrics, () => made);
  const { cacheDir: folder, cacheDiskMb } = config;
  const bounds = { maxBytes: cacheDiskMb * mebibyte, clock: systemClock, observer, log: logger };
  const store =
    folder === undefined ? undefined : lateStore(() => openLmdbStore({ folder, ...bounds }));
  if (store !== undefined) scope.defer('cache', () => store.close());
  const versions = new Versions();
  const catalogue = new Catalogue(systemClock, versions);
  const caches = new Caches({
    ...{ clock: systemClock, versions, observer, store, catalogue },
    memoryBytes: config.cacheMemoryMb * mebibyte,
    listPools: async (principal) => {
      const { pools } = await platform.pools.listPools({}, { principal, timeoutMs: listTimeoutMs });
      return pools;
    },
  });
  made = caches;
  const ended = new AbortController();
  const [templates, policies] = [await bus.bucket('templates'), await bus.bucket('policies')];
  const following = [catalogue.follow({ templates, policies }, ended.signal, logger)];
  scope.defer('caches', async () => {
    ended.abort();
    await Promise.all(following);
  });
  await startup.component('catalogue', () => catalogue.ready);
  // Not before: to a catalogue that is not known everything on disk is stale.
  startup.afterReady('cache', async () => {
    await store?.open();
    if (!ended.signal.aborted) following.push(caches.follow(ended.signal));
  });
  return { caches, catalogue };
}
