// A bucket that can be made to fail, as one does whose bus is away.
import { PlatformError } from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';

export interface BreakableBucket {
  readonly bucket: KeyValue;
  isAway: boolean;
}

export function breakable(bucket: KeyValue): BreakableBucket {
  const state = { isAway: false };
  const here = () => {
    if (state.isAway) throw new PlatformError('unavailable', 'The bus is away.');
    return bucket;
  };
  return Object.assign(state, {
    bucket: {
      get: async (...args) => here().get(...args),
      put: async (...args) => here().put(...args),
      create: async (...args) => here().create(...args),
      update: async (...args) => here().update(...args),
      remove: async (...args) => here().remove(...args),
      watch: (signal) => here().watch(signal),
    } satisfies KeyValue,
  });
}
