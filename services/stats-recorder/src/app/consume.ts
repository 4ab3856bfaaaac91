// How the recorder reads a stream.
import type { StreamName } from '@pilotlight/contracts';
import type { ConsumeOptions } from '@pilotlight/messaging';
import type { Recorder } from './recorder.ts';

/** Large enough to keep up, small enough to hold where each has the most output it can. */
const batchSize = 100;
const batchWaitMs = 100;

/** Instances share the work; the position survives restarts, so nothing is left out. */
export function consumption(
  stream: StreamName,
  recorder: Pick<Recorder, 'record'>,
): ConsumeOptions {
  return {
    stream,
    durable: 'stats-recorder',
    batchSize,
    batchWaitMs,
    handle: (batch) => recorder.record(batch),
  };
}
