// Bounds of the pools from KV `policies`, which the leading pool-manager writes.
import { fromJsonBytes, StoredPolicy } from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';
import type { PoolPolicies } from '../app/query-ports.ts';

export function kvPoolPolicies(bucket: KeyValue): PoolPolicies {
  return {
    async boundsOf(template) {
      const entry = await bucket.get(template);
      const policy = entry && fromJsonBytes(StoredPolicy, entry.value).policy;
      return policy && { minSize: policy.minSize, maxSize: policy.maxSize };
    },
  };
}
