// Policies in KV `policies`, one key for each template. Those of templates that are gone stay, for
// when they come back.
import {
  fromJsonBytes,
  type SetPolicyRequest,
  StoredPolicy,
  toJsonBytes,
} from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';
import type { PolicyStore } from '../app/ports.ts';

export function kvPolicyStore(bucket: KeyValue): PolicyStore {
  return {
    async read() {
      const enough = new AbortController();
      const changes = new Map<string, SetPolicyRequest>();
      for await (const change of bucket.watch(enough.signal)) {
        if (change.kind === 'caught_up') break;
        if (change.kind !== 'put') continue;
        const { changed } = fromJsonBytes(StoredPolicy, change.entry.value);
        if (changed !== undefined) changes.set(change.entry.key, changed);
      }
      enough.abort();
      return changes;
    },
    async write(template, policy) {
      const value = Buffer.from(toJsonBytes(StoredPolicy, policy));
      const stored = await bucket.get(template);
      if (stored === undefined || !value.equals(stored.value)) await bucket.put(template, value);
    },
  };
}
