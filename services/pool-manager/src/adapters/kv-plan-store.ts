// The plan in KV `plan`, key `current`.
import { fromJsonBytes, Plan, toJsonBytes } from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';
import type { PlanStore } from '../app/ports.ts';

const key = 'current';

export function kvPlanStore(bucket: KeyValue): PlanStore {
  let revision: number | undefined;
  return {
    async read() {
      const entry = await bucket.get(key);
      revision = entry?.revision;
      return entry === undefined ? undefined : fromJsonBytes(Plan, entry.value);
    },
    async write(plan) {
      const value = toJsonBytes(Plan, plan);
      const written =
        revision === undefined
          ? await bucket.create(key, value)
          : await bucket.update(key, value, revision);
      if (written === undefined) return false;
      revision = written;
      return true;
    },
  };
}
