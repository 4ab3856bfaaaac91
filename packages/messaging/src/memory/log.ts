// One stream in memory, under the same limits as on the server. Buckets are logs too, as on NATS.
import { PlatformError, type StreamDefinition } from '@pilotlight/contracts';
import { matches } from './match.ts';

export interface LogEntry {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly sequence: number;
  readonly storedAt: Date;
  /** In a bucket: the key has no value any more. */
  readonly removed: boolean;
}

export interface AppendOptions {
  readonly messageId?: string;
  /** Refuse with `conflict` unless the subject's last sequence number is this; 0 for none. */
  readonly expectedLast?: number;
  readonly removed?: boolean;
}

const dedupWindowMs = 2 * 60_000;

/** Entries in order of their sequence numbers. Synchronous, so that no two callers interleave. */
export class MemoryLog {
  readonly #limits: Omit<StreamDefinition, 'maxBytes'> & { readonly maxBytes?: number };
  readonly #now: () => Date;
  readonly #seen = new Map<string, { readonly sequence: number; readonly atMs: number }>();
  readonly #waiting = new Set<() => void>();
  #entries: LogEntry[] = [];
  #bytes = 0;
  #last = 0;

  constructor(
    limits: Omit<StreamDefinition, 'maxBytes'> & { readonly maxBytes?: number },
    now: () => Date,
  ) {
    this.#limits = limits;
    this.#now = now;
  }

  get lastSequence(): number {
    return this.#last;
  }

  /** Throws `conflict` or, where the log is full and discards new ones, `resource_exhausted`. */
  append(
    subject: string,
    data: Uint8Array,
    options: AppendOptions = {},
  ): { readonly sequence: number; readonly duplicate: boolean } {
    this.#expire();
    const known = options.messageId === undefined ? undefined : this.#seen.get(options.messageId);
    if (known !== undefined) return { sequence: known.sequence, duplicate: true };
    const { expectedLast } = options;
    if (expectedLast !== undefined && (this.last(subject)?.sequence ?? 0) !== expectedLast) {
      throw new PlatformError('conflict', `Somebody else wrote ${subject} first.`);
    }
    this.#makeRoom(subject, data.length);
    this.#last += 1;
    const storedAt = this.#now();
    const entry = {
      subject,
      data: data.slice(),
      sequence: this.#last,
      storedAt,
      removed: options.removed ?? false,
    };
    this.#entries.push(entry);
    this.#bytes += data.length;
    if (options.messageId !== undefined) {
      this.#seen.set(options.messageId, { sequence: this.#last, atMs: storedAt.getTime() });
    }
    this.wakeReaders();
    return { sequence: this.#last, duplicate: false };
  }

  get(sequence: number): LogEntry | undefined {
    this.#expire();
    const entry = this.#entries[this.#indexFrom(sequence)];
    return entry?.sequence === sequence ? entry : undefined;
  }

  last(subject: string): LogEntry | undefined {
    this.#expire();
    return this.#entries.findLast((entry) => entry.subject === subject);
  }

  /** False where it was gone already. */
  remove(sequence: number): boolean {
    const entry = this.get(sequence);
    if (entry !== undefined) this.#drop(entry);
    return entry !== undefined;
  }

  /** What is stored from a sequence number on, in order. */
  from(sequence: number, filter: string): LogEntry[] {
    this.#expire();
    return this.#entries
      .slice(this.#indexFrom(sequence))
      .filter((entry) => matches(filter, entry.subject));
  }

  /** Resolves at the next append, or when `signal` is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  /** Has every reader look again. */
  wakeReaders(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #makeRoom(subject: string, bytes: number): void {
    const { maxMessages, maxMessagesPerSubject, maxBytes, discard } = this.#limits;
    if (maxMessagesPerSubject !== undefined) {
      const same = this.#entries.filter((entry) => entry.subject === subject);
      for (const entry of same.slice(0, same.length - maxMessagesPerSubject + 1)) {
        this.#drop(entry);
      }
    }
    const isFull = (): boolean =>
      this.#entries.length + 1 > (maxMessages ?? Number.POSITIVE_INFINITY) ||
      this.#bytes + bytes > (maxBytes ?? Number.POSITIVE_INFINITY);
    while (isFull()) {
      const [oldest] = this.#entries;
      if (discard === 'new' || oldest === undefined) {
        throw new PlatformError('resource_exhausted', `The log that keeps ${subject} is full.`);
      }
      this.#drop(oldest);
    }
  }

  #expire(): void {
    const nowMs = this.#now().getTime();
    for (const [id, { atMs }] of this.#seen) {
      if (nowMs - atMs < dedupWindowMs) break;
      this.#seen.delete(id);
    }
    const { maxAgeMs } = this.#limits;
    if (maxAgeMs === undefined) return;
    const kept = this.#entries.findIndex((entry) => nowMs - entry.storedAt.getTime() < maxAgeMs);
    for (const entry of this.#entries.slice(0, kept === -1 ? undefined : kept)) this.#drop(entry);
  }

  #drop(entry: LogEntry): void {
    this.#entries.splice(this.#indexFrom(entry.sequence), 1);
    this.#bytes -= entry.data.length;
  }

  /** The index of the first entry with this sequence number or a later one. */
  #indexFrom(sequence: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.sequence ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
