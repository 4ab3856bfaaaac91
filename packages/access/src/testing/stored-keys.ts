// Keys as KV `keys` holds them, for tests.
import { type Entitlements, StoredKey, toJsonBytes } from '@pilotlight/contracts';

/** The value of an active key of the project `blue`, with changes. */
export function storedKey(
  details: Partial<NonNullable<StoredKey['details']>> = {},
  entitlements: Partial<Entitlements> = {},
): Uint8Array {
  return toJsonBytes(
    StoredKey,
    StoredKey.fromPartial({
      details: { id: 'key-1', project: 'blue', role: 'project', active: true, ...details },
      projectId: 'project-1',
      entitlements: { plan: 'standard', priority: 'normal', ...entitlements },
    }),
  );
}
