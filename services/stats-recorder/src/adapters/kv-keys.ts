// KV `keys` and `key_uses`.
import { fromJsonBytes, PlatformError, StoredKey, toJsonBytes } from '@pilotlight/contracts';
import type { KeyValue, KeyValueEntry } from '@pilotlight/messaging';
import type { KeyMirrorWriter, KeyUseReports } from '../app/key-ports.ts';
import { entriesOf } from './kv-entries.ts';

/** Of a value that others write at the same time: only other recorders do. */
const maxAttempts = 5;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function kvKeyMirror(bucket: KeyValue): KeyMirrorWriter {
  return {
    async all() {
      const keys = new Map<string, StoredKey>();
      for (const [hash, entry] of await entriesOf(bucket)) {
        const key = readable(entry);
        if (key !== undefined) keys.set(hash, key);
      }
      return keys;
    },
    async put(hash, key) {
      const value = mirrored(key);
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const entry = await bucket.get(hash);
        if (entry !== undefined && isFinal(entry, value)) return;
        const written = await (entry === undefined
          ? bucket.create(hash, value)
          : bucket.update(hash, value, entry.revision));
        if (written !== undefined) return;
      }
      throw new PlatformError('unavailable', 'Others write the same key all the time.');
    },
    async revoke(hash, key) {
      const details = key.details && { ...key.details, active: false };
      await bucket.put(hash, mirrored({ ...key, details }));
    },
  };
}

/** The last use is in the row alone: else each would be a change that everyone hears of. */
function mirrored(key: StoredKey): Uint8Array {
  const details = key.details && { ...key.details, lastUsedAt: undefined };
  return toJsonBytes(StoredKey, { ...key, details });
}

/** A revoked key stays as it is, and so does one that is the same already. */
function isFinal(entry: KeyValueEntry, value: Uint8Array): boolean {
  return readable(entry)?.details?.active === false || Buffer.from(value).equals(entry.value);
}

/** What cannot be read is as if it were not there: nobody is let in by it, and it is written anew. */
function readable({ value }: KeyValueEntry): StoredKey | undefined {
  try {
    return fromJsonBytes(StoredKey, value);
  } catch {
    return undefined;
  }
}

export function kvKeyUses(bucket: KeyValue): KeyUseReports {
  return {
    async all() {
      const uses = new Map<string, Date>();
      for (const [id, { value }] of await entriesOf(bucket)) {
        const at = new Date(Buffer.from(value).toString());
        if (uuid.test(id) && !Number.isNaN(at.getTime())) uses.set(id, at);
      }
      return uses;
    },
  };
}
