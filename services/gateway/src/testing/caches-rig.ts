// Caches for tests: in memory, of a catalogue that the test fills through the bus.
import type { Pool, Principal } from '@pilotlight/contracts';
import { type Clock, systemClock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { Caches } from '../app/caches.ts';
import { Catalogue } from '../app/catalogue.ts';
import type { CacheObserver, EntryStore } from '../app/ports.ts';
import { Versions } from '../app/versions.ts';

export const unobserved: CacheObserver = { looked() {}, evicted() {} };

export interface CachesRigOptions {
  readonly clock?: Clock;
  readonly store?: EntryStore | undefined;
  readonly observer?: CacheObserver;
  /** None unless given. */
  readonly listPools?: (
    principal: Principal,
  ) => Promise<readonly Pick<Pool, 'template' | 'versions'>[]>;
}

export interface CachesRig {
  readonly caches: Caches;
  readonly catalogue: Catalogue;
  readonly versions: Versions;
  /** Stops following the catalogue. */
  close(): Promise<void>;
}

export async function cachesRig(bus: Bus, options: CachesRigOptions = {}): Promise<CachesRig> {
  const { clock = systemClock, store, observer = unobserved, listPools } = options;
  const versions = new Versions();
  const catalogue = new Catalogue(clock, versions);
  const caches = new Caches({
    ...{ clock, versions, catalogue, observer, store, memoryBytes: 8 * 1024 * 1024 },
    listPools: listPools ?? (async () => []),
  });
  const ended = new AbortController();
  const buckets = {
    templates: await bus.bucket('templates'),
    policies: await bus.bucket('policies'),
  };
  const log = { warn() {} };
  const following = catalogue.follow(buckets, ended.signal, log);
  const close = async () => {
    ended.abort();
    await following;
  };
  return { caches, catalogue, versions, close };
}
