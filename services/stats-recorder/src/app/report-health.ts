// Tells on the bus whether the database is there: the bus is, even when the database is not.
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { KeyValue } from '@pilotlight/messaging';
import type { Outages } from './outages.ts';

const key = 'stats-recorder.database';
/** Values of the bucket are gone after a minute, and then nobody knows. */
const everyMs = 10_000;

export interface HealthReportOptions {
  readonly bucket: Pick<KeyValue, 'put'>;
  readonly outages: Outages;
  readonly clock: Clock;
}

/** At every change and every 10 s, until it is told to end. While the bus is away, nothing. Never rejects. */
export async function reportHealth(
  { bucket, outages, clock }: HealthReportOptions,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    const changed = new AbortController();
    const stopListening = outages.onChange(() => changed.abort());
    await bucket.put(key, Buffer.from(JSON.stringify(outages.health))).catch(ignore);
    await pause(clock, everyMs, AbortSignal.any([ended, changed.signal]));
    stopListening();
  }
}

/** The next report tells. */
function ignore(): void {}
