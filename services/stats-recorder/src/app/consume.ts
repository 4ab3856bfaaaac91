// How the recorder reads a stream.
import type { StreamName } from '@pilotlight/contracts';
import { backoff, type Clock, pause } from '@pilotlight/lifecycle';
import type { ConsumeOptions } from '@pilotlight/messaging';
import type { Recorder } from './recorder.ts';

/** What the recorder reads. */
export type RecordedStream = Extract<StreamName, 'SANDBOX_EVENTS' | 'EXEC_RESULTS' | 'TELEMETRY'>;

/**
 * Messages handed over at once: each batch costs a few round trips on the bus and one commit, so many
 * of the small events, and fewer of the results, which hold up to 128 KiB of output, and of the reports,
 * which hold up to 100 invocations.
 */
const batchSizes: Readonly<Record<RecordedStream, number>> = {
  SANDBOX_EVENTS: 500,
  EXEC_RESULTS: 200,
  TELEMETRY: 100,
};
/** A commit costs an embedded database as much as some fifty rows: history may be a second late. */
const batchWaitMs = 1_000;

/** Two for events and reports: one decodes while the other waits for its commit. */
export const readers = [
  { name: 'events 1', stream: 'SANDBOX_EVENTS' },
  { name: 'events 2', stream: 'SANDBOX_EVENTS' },
  { name: 'results', stream: 'EXEC_RESULTS' },
  { name: 'reports 1', stream: 'TELEMETRY' },
  { name: 'reports 2', stream: 'TELEMETRY' },
] as const satisfies readonly Pick<Reading, 'name' | 'stream'>[];

/** Soon enough to catch up at once, seldom enough to leave a database alone that is in trouble. */
const retry = { minMs: 100, maxMs: 5_000 };

export interface Reading {
  /** Tells the readers of one stream in this process apart. */
  readonly name: string;
  readonly stream: RecordedStream;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly clock: Clock;
  /** Gives up what cannot be recorded yet, for another start to record. */
  readonly ended: AbortSignal;
}

/**
 * Instances share the work; the position survives restarts, so nothing is left out. While the
 * database is away a reader keeps the one batch that it has and tries again.
 */
export function consumption(reading: Reading): ConsumeOptions {
  const { name, stream, recorder, clock, ended } = reading;
  return {
    stream,
    durable: 'stats-recorder',
    batchSize: batchSizes[stream],
    batchWaitMs,
    async handle(batch) {
      const delay = backoff(retry);
      for (;;) {
        try {
          return await recorder.record(batch, name);
        } catch (thrown) {
          await pause(clock, delay.next(), ended);
          if (ended.aborted) throw thrown;
        }
      }
    },
  };
}
