// What services need of a message bus with durable logs and key-value buckets. Two
// implementations pass one conformance suite: NATS JetStream, and memory for tests.
import type { BucketName, StreamName, Subject, SubjectFilter } from '@pilotlight/contracts';

export interface PublishOptions {
  /** Within the server's dedup window (2 min) a second message with this id is not stored again. */
  readonly messageId?: string;
  /** Refuse with `conflict` unless this is the first message on its subject. */
  readonly onlyFirst?: boolean;
}

/** The bus has the message on disk. */
export interface PublishReceipt {
  readonly stream: StreamName;
  readonly sequence: number;
  /** True where the message id was known and nothing was stored. */
  readonly duplicate: boolean;
}

export interface StoredMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly stream: StreamName;
  /** Unique and growing within its stream. */
  readonly sequence: number;
  readonly storedAt: Date;
}

/** A message while following a stream. */
export interface FollowedMessage extends StoredMessage {
  /** How many more were stored when this one was sent; 0 means that the reader has caught up. */
  readonly pending: number;
}

/** Where a reader starts. */
export type StartAt = 'first' | 'new' | { readonly sequence: number };

export interface ConsumeOptions {
  readonly stream: StreamName;
  readonly filter?: SubjectFilter;
  /** The consumer's name; its position survives restarts, and readers of one name share the work. */
  readonly durable: string;
  /** Most messages handed over at once. */
  readonly batchSize: number;
  /** How long to wait for a fuller batch. */
  readonly batchWaitMs: number;
  /**
   * Resolving acknowledges the whole batch; rejecting has it delivered again after a growing
   * delay, for ever. What can never be handled is the handler's to put aside.
   */
  handle(batch: readonly StoredMessage[]): Promise<void>;
}

/** How far behind the readers of one durable name are. */
export interface ConsumerLag {
  /** Messages that are stored for it and not acknowledged yet, those in hand included. */
  readonly pending: number;
  /** When the oldest of them was stored; absent where there is none. */
  readonly oldestPendingAt?: Date;
}

/** Something that runs until it is stopped. */
export interface Running {
  /** Stops taking more, waits for what is in hand. Idempotent. */
  stop(): Promise<void>;
  /** Settles when it has ended; rejects if it broke rather than was stopped. */
  readonly done: Promise<void>;
}

export interface KeyValueEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Grows with every change of the bucket. */
  readonly revision: number;
}

export type KeyValueChange =
  | { readonly kind: 'put'; readonly entry: KeyValueEntry }
  | { readonly kind: 'removed'; readonly key: string }
  /** Sent once: everything that was there has been sent. Expiry by age sends nothing. */
  | { readonly kind: 'caught_up' };

/** One bucket. Keys are tokens, or tokens joined by dots. Every call may reject `unavailable`. */
export interface KeyValue {
  get(key: string): Promise<KeyValueEntry | undefined>;
  /** Returns the new revision. */
  put(key: string, value: Uint8Array): Promise<number>;
  /** Undefined where the key has a value already. */
  create(key: string, value: Uint8Array): Promise<number | undefined>;
  /** Undefined where the revision is not the last one any more. */
  update(key: string, value: Uint8Array, revision: number): Promise<number | undefined>;
  /** Idempotent. */
  remove(key: string): Promise<void>;
  /** Current entries, then changes; survives reconnects (an entry may then be sent again). */
  watch(signal: AbortSignal): AsyncIterable<KeyValueChange>;
}

export type BusStatus = 'connected' | 'disconnected';

/**
 * A connection to the bus. Every promise rejects with a `PlatformError`: `unavailable` while
 * disconnected or unanswered, `resource_exhausted` where a stream is full. Nothing retries on
 * its own but reading, which goes on where it stopped after a reconnect.
 */
export interface Bus {
  /** Largest message that the server takes, headers included. */
  readonly maxPayloadBytes: number;
  readonly status: BusStatus;
  onStatus(listener: (status: BusStatus) => void): () => void;
  publish(subject: Subject, data: Uint8Array, options?: PublishOptions): Promise<PublishReceipt>;
  read(stream: StreamName, sequence: number): Promise<StoredMessage | undefined>;
  /** The newest message on a subject. */
  readLast(stream: StreamName, subject: Subject): Promise<StoredMessage | undefined>;
  /** Deletes one message. False where it was gone already. */
  remove(stream: StreamName, sequence: number): Promise<boolean>;
  /** Messages of a stream in order and without gaps, first the stored ones, then as they come. */
  follow(
    stream: StreamName,
    filter: SubjectFilter,
    from: StartAt,
    signal: AbortSignal,
  ): AsyncIterable<FollowedMessage>;
  consume(options: ConsumeOptions): Promise<Running>;
  /** Number of stored messages by subject. */
  count(stream: StreamName, filter: SubjectFilter): Promise<ReadonlyMap<string, number>>;
  /** How many messages it was ever given, those that are gone included. */
  published(stream: StreamName): Promise<number>;
  /** When the oldest message that is still stored was stored; undefined where there is none. */
  oldest(stream: StreamName, filter: SubjectFilter): Promise<Date | undefined>;
  /** Undefined where nobody ever consumed under this name. */
  consumerLag(stream: StreamName, durable: string): Promise<ConsumerLag | undefined>;
  bucket(name: BucketName): Promise<KeyValue>;
  /** Flushes what was published and disconnects. */
  close(): Promise<void>;
}
