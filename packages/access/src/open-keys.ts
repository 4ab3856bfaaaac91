// A service's view of the keys, for as long as it runs.
import { type ServiceContext, systemClock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import type { KnownKeys } from './authenticate.ts';
import { KeyMirror } from './key-mirror.ts';
import { KeyUses } from './key-uses.ts';

/**
 * Resolves when the keys that are there are known; follows them, and tells of their use, until the scope
 * closes. A component: `keys`.
 */
export async function openKeys(
  bus: Bus,
  { adminKeyHash }: { readonly adminKeyHash?: string | undefined },
  { logger, scope, startup }: ServiceContext,
): Promise<KnownKeys & Pick<KeyMirror, 'entitlementsOf'>> {
  const mirror = new KeyMirror(systemClock, adminKeyHash);
  const uses = new KeyUses(systemClock, await bus.bucket('key_uses'));
  const ended = new AbortController();
  const bucket = await bus.bucket('keys');
  const following = mirror.follow(bucket, ended.signal, logger);
  scope.defer('keys', () => {
    ended.abort();
    return following;
  });
  await startup.component('keys', () => mirror.ready);
  return {
    find: (keyHash) => mirror.find(keyHash),
    entitlementsOf: (project) => mirror.entitlementsOf(project),
    // The admin key of the environment has no row to note its use in.
    noteUse: ({ keyHash, keyId }) => {
      if (keyHash !== adminKeyHash) uses.note(keyId);
    },
  };
}
