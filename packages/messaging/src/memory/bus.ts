// The bus in memory, for tests: the same streams, buckets and limits, in this process only.
import {
  type BucketName,
  buckets,
  PlatformError,
  type StreamName,
  type Subject,
  type SubjectFilter,
  streams,
  subjectsOf,
} from '@pilotlight/contracts';
import type {
  Bus,
  BusStatus,
  ConsumerLag,
  FollowedMessage,
  KeyValue,
  PublishOptions,
  PublishReceipt,
  StartAt,
  StoredMessage,
} from '../bus.ts';
import { consumeLog, type DurablePosition, lagOf, newPosition } from './consume.ts';
import { openMemoryBucket } from './kv.ts';
import { type LogEntry, MemoryLog } from './log.ts';
import { matches } from './match.ts';

export interface MemoryBusOptions {
  /** By which messages and values age; the system's clock where not given. */
  readonly now?: () => Date;
}

/** A bus for tests, whose connection breaks when told to. */
export interface MemoryBus extends Bus {
  /** While disconnected every call rejects `unavailable`; what is being read goes on. */
  setStatus(status: BusStatus): void;
}

const maxPayloadBytes = 8 * 1024 * 1024;

/** A bus of its own, empty and connected. Two services share it by being given the same one. */
export function createMemoryBus(options: MemoryBusOptions = {}): MemoryBus {
  return new ProcessBus(options.now ?? (() => new Date()));
}

class ProcessBus implements MemoryBus {
  readonly maxPayloadBytes = maxPayloadBytes;
  readonly #logs: ReadonlyMap<StreamName, MemoryLog>;
  readonly #buckets: ReadonlyMap<BucketName, KeyValue>;
  readonly #positions = new Map<string, DurablePosition>();
  readonly #listeners = new Set<(status: BusStatus) => void>();
  readonly #closed = new AbortController();
  #status: BusStatus = 'connected';

  constructor(now: () => Date) {
    this.#logs = new Map(
      streamNames.map((name) => [name, new MemoryLog(streams[name], now)] as const),
    );
    this.#buckets = new Map(
      bucketNames.map((name) => {
        const log = new MemoryLog(
          { ...buckets[name], maxMessagesPerSubject: 1, discard: 'new' },
          now,
        );
        return [name, openMemoryBucket(log, this.#guard, this.#closed.signal)] as const;
      }),
    );
  }

  get status(): BusStatus {
    return this.#status;
  }

  setStatus(status: BusStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of [...this.#listeners]) listener(status);
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async publish(
    subject: Subject,
    data: Uint8Array,
    options: PublishOptions = {},
  ): Promise<PublishReceipt> {
    this.#guard();
    if (data.length > maxPayloadBytes) {
      throw new PlatformError(
        'invalid_argument',
        `A message of ${data.length} bytes is too large.`,
      );
    }
    const stream = streamNames.find((name) =>
      subjectsOf(name).some((filter) => matches(filter, subject)),
    );
    if (stream === undefined) throw new PlatformError('unavailable', `No stream keeps ${subject}.`);
    const { messageId, onlyFirst } = options;
    const receipt = this.#log(stream).append(subject, data, {
      ...(messageId === undefined ? {} : { messageId }),
      ...(onlyFirst === true ? { expectedLast: 0 } : {}),
    });
    return { stream, ...receipt };
  }

  async read(stream: StreamName, sequence: number): Promise<StoredMessage | undefined> {
    this.#guard();
    return toStored(stream, this.#log(stream).get(sequence));
  }

  async readLast(stream: StreamName, subject: Subject): Promise<StoredMessage | undefined> {
    this.#guard();
    return toStored(stream, this.#log(stream).last(subject));
  }

  async remove(stream: StreamName, sequence: number): Promise<boolean> {
    this.#guard();
    return this.#log(stream).remove(sequence);
  }

  async *follow(
    stream: StreamName,
    filter: SubjectFilter,
    start: StartAt,
    signal: AbortSignal,
  ): AsyncGenerator<FollowedMessage> {
    this.#guard();
    const log = this.#log(stream);
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    let next =
      typeof start === 'object' ? start.sequence : start === 'new' ? log.lastSequence + 1 : 1;
    while (!ended.aborted) {
      const entries = log.from(next, filter);
      if (entries.length === 0) await log.changed(ended);
      for (const [index, { removed: _, ...entry }] of entries.entries()) {
        if (ended.aborted) return;
        next = entry.sequence + 1;
        yield { ...entry, stream, pending: entries.length - index - 1 };
      }
    }
  }

  async consume(options: Parameters<Bus['consume']>[0]): ReturnType<Bus['consume']> {
    this.#guard();
    const key = `${options.stream} ${options.durable}`;
    const known = this.#positions.get(key);
    const position = known ?? newPosition(options.filter ?? '>');
    this.#positions.set(key, position);
    return consumeLog(this.#log(options.stream), position, options, this.#closed.signal);
  }

  async count(stream: StreamName, filter: SubjectFilter): Promise<ReadonlyMap<string, number>> {
    this.#guard();
    const counts = new Map<string, number>();
    for (const { subject } of this.#log(stream).from(1, filter)) {
      counts.set(subject, (counts.get(subject) ?? 0) + 1);
    }
    return counts;
  }

  async published(stream: StreamName): Promise<number> {
    this.#guard();
    return this.#log(stream).lastSequence;
  }

  async oldest(stream: StreamName, filter: SubjectFilter): Promise<Date | undefined> {
    this.#guard();
    return this.#log(stream).from(1, filter)[0]?.storedAt;
  }

  async consumerLag(stream: StreamName, durable: string): Promise<ConsumerLag | undefined> {
    this.#guard();
    const position = this.#positions.get(`${stream} ${durable}`);
    return position && lagOf(this.#log(stream), position);
  }

  async bucket(name: BucketName): Promise<KeyValue> {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new PlatformError('internal', `There is no bucket ${name}.`);
    return bucket;
  }

  async close(): Promise<void> {
    this.setStatus('disconnected');
    this.#closed.abort();
  }

  readonly #guard = (): void => {
    if (this.#status === 'disconnected') {
      throw new PlatformError('unavailable', 'The message bus is not connected.');
    }
  };

  #log(stream: StreamName): MemoryLog {
    const log = this.#logs.get(stream);
    if (log === undefined) throw new PlatformError('internal', `There is no stream ${stream}.`);
    return log;
  }
}

const streamNames = Object.keys(streams) as StreamName[];
const bucketNames = Object.keys(buckets) as BucketName[];

function toStored(stream: StreamName, entry: LogEntry | undefined): StoredMessage | undefined {
  if (entry === undefined) return undefined;
  const { subject, data, sequence, storedAt } = entry;
  return { subject, data, stream, sequence, storedAt };
}
