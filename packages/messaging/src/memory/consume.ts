// Durable consumers in memory: shared positions, batches, delayed redelivery.
import type { StreamName } from '@pilotlight/contracts';
import type { ConsumeOptions, ConsumerLag, Running } from '../bus.ts';
import { redeliveryDelayMs } from '../redelivery.ts';
import type { LogEntry, MemoryLog } from './log.ts';

interface Taken {
  readonly entry: LogEntry;
  /** How often it has been delivered, this time included. */
  readonly delivery: number;
}

/** Where the readers of one name are. Outlives them. */
export interface DurablePosition {
  readonly filter: string;
  next: number;
  readonly again: Taken[];
  /** Sequence numbers of what was handed over and not acknowledged. */
  readonly inHand: Set<number>;
}

/** At the start of the log. */
export function newPosition(filter: string): DurablePosition {
  return { filter, next: 1, again: [], inHand: new Set() };
}

/** What of the log is not acknowledged. */
export function lagOf(log: MemoryLog, position: DurablePosition): ConsumerLag {
  const open = log
    .from(1, position.filter)
    .filter(({ sequence }) => sequence >= position.next || position.inHand.has(sequence));
  const oldestPendingAt = open[0]?.storedAt;
  return { pending: open.length, ...(oldestPendingAt === undefined ? {} : { oldestPendingAt }) };
}

/** Handles batches, one at a time, until stopped or `closed` is aborted. */
export function consumeLog(
  log: MemoryLog,
  position: DurablePosition,
  options: ConsumeOptions,
  closed: AbortSignal,
): Running {
  const stopping = new AbortController();
  const stop = AbortSignal.any([stopping.signal, closed]);
  const done = run(log, position, options, stop);
  return {
    done,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function run(
  log: MemoryLog,
  position: DurablePosition,
  options: ConsumeOptions,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const batch = take(log, position, options, options.batchSize);
    if (batch.length === 0) {
      await log.changed(stop);
      continue;
    }
    if (batch.length < options.batchSize && options.batchWaitMs > 0) {
      const waited = AbortSignal.any([stop, AbortSignal.timeout(options.batchWaitMs)]);
      while (batch.length < options.batchSize && !waited.aborted) {
        await log.changed(waited);
        batch.push(...take(log, position, options, options.batchSize - batch.length));
      }
    }
    await handle(log, position, options, batch);
  }
}

function take(
  log: MemoryLog,
  position: DurablePosition,
  options: ConsumeOptions,
  most: number,
): Taken[] {
  const again = position.again
    .splice(0, most)
    .filter(({ entry }) => log.get(entry.sequence) !== undefined);
  const fresh = log
    .from(position.next, options.filter ?? '>')
    .slice(0, most - again.length)
    .map((entry) => ({ entry, delivery: 1 }));
  for (const { entry } of fresh) position.inHand.add(entry.sequence);
  position.next = (fresh.at(-1)?.entry.sequence ?? position.next - 1) + 1;
  return [...again, ...fresh];
}

async function handle(
  log: MemoryLog,
  position: DurablePosition,
  options: ConsumeOptions,
  batch: readonly Taken[],
): Promise<void> {
  const stream: StreamName = options.stream;
  try {
    await options.handle(
      batch.map(({ entry: { subject, data, sequence, storedAt } }) => ({
        subject,
        data,
        stream,
        sequence,
        storedAt,
      })),
    );
    for (const { entry } of batch) position.inHand.delete(entry.sequence);
  } catch {
    // As the server does it: the batch comes again, and the handler is who says why it could not.
    for (const { entry, delivery } of batch) {
      setTimeout(() => {
        position.again.push({ entry, delivery: delivery + 1 });
        log.wakeReaders();
      }, redeliveryDelayMs(delivery)).unref();
    }
  }
}
