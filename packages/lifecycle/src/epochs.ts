// The counter behind elections.
import type { KeyValue } from '@pilotlight/messaging';
import { decodeEpoch, encodeEpoch } from './leader-record.ts';

/**
 * The next epoch of a service, given out to one caller only, whoever else asks at the same time.
 * A number that nobody comes to use is lost, which does no harm.
 */
export async function nextEpoch(epochs: KeyValue, service: string): Promise<number> {
  for (;;) {
    const last = await epochs.get(service);
    const epoch = last === undefined ? 1 : decodeEpoch(last.value) + 1;
    const revision =
      last === undefined
        ? await epochs.create(service, encodeEpoch(epoch))
        : await epochs.update(service, encodeEpoch(epoch), last.revision);
    if (revision !== undefined) return epoch;
  }
}
