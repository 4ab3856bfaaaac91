// What is in a bucket now.
import { PlatformError } from '@pilotlight/contracts';
import type { KeyValue, KeyValueEntry } from '@pilotlight/messaging';

const timeoutMs = 5_000;

/** Rejects `unavailable` where the bus does not tell it in time. */
export async function entriesOf(
  bucket: Pick<KeyValue, 'watch'>,
): Promise<ReadonlyMap<string, KeyValueEntry>> {
  const entries = new Map<string, KeyValueEntry>();
  for await (const change of bucket.watch(AbortSignal.timeout(timeoutMs))) {
    if (change.kind === 'caught_up') return entries;
    if (change.kind === 'removed') entries.delete(change.key);
    else entries.set(change.entry.key, change.entry);
  }
  throw new PlatformError('unavailable', 'The bus does not answer.');
}
