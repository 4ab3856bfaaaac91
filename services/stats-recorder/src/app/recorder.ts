// Messages become rows. A message is done with when its rows are committed.
import { deadLetter, recordsOf, type SourceMessage } from '../domain/records.ts';
import type { Outages } from './outages.ts';
import { RowRejected, type StatsStore } from './ports.ts';

export interface RecorderOptions {
  /** Connects and brings the schema up to date; tried again after it rejects. */
  readonly open: () => Promise<StatsStore>;
  readonly outages: Outages;
}

/** Who opens the store, to the outages. */
const opening = 'opening';

/** Of messages in one transaction: what an embedded database once grew by, it keeps. */
const transactionBytes = 1024 * 1024;

/** Owns the store it opens. */
export class Recorder {
  readonly #options: RecorderOptions;
  #store: Promise<StatsStore> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Opens the store without waiting for a message. Resolves also where that fails, after a warning. */
  async prepare(): Promise<void> {
    await this.use(opening, async () => undefined).catch(() => undefined);
  }

  /**
   * Resolves once everything is committed, dead letters included; rejects while the database is
   * away, and the batch is then to be tried again. `reader` names who asks.
   */
  async record(batch: readonly SourceMessage[], reader = 'recording'): Promise<void> {
    await this.use(reader, async (store) => {
      for (const part of partsOf(batch)) await this.#write(store, part);
    });
  }

  /**
   * Whatever else is done with the store. How it ends counts for the outage of `who`, unless that
   * is nobody: they must then try again soon, until it succeeds.
   */
  async use<T>(who: string | undefined, work: (store: StatsStore) => Promise<T>): Promise<T> {
    const { outages } = this.#options;
    const store = await this.#opened();
    try {
      const result = await work(store);
      if (who !== undefined) outages.succeeded(who);
      return result;
    } catch (thrown) {
      if (who !== undefined) outages.failed(who, thrown);
      throw thrown;
    }
  }

  /** The store once it is open; everybody waits for the same attempt, and the next one is a new one. */
  async #opened(): Promise<StatsStore> {
    const { open, outages } = this.#options;
    this.#store ??= open().then(
      (store) => {
        outages.succeeded(opening);
        return store;
      },
      (thrown: unknown) => {
        this.#store = undefined;
        outages.failed(opening, thrown);
        throw thrown;
      },
    );
    return this.#store;
  }

  async close(): Promise<void> {
    const opened = await this.#store?.catch(() => undefined);
    await opened?.close();
  }

  /** A batch that the database refuses is halved until the message at fault is alone. */
  async #write(store: StatsStore, batch: readonly SourceMessage[]): Promise<void> {
    try {
      await store.write(recordsOf(batch));
    } catch (thrown) {
      const [first] = batch;
      if (!(thrown instanceof RowRejected) || first === undefined) throw thrown;
      if (batch.length === 1) {
        await store.write({ ...recordsOf([]), deadLetters: [deadLetter(first, thrown.message)] });
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.#write(store, batch.slice(0, middle));
      await this.#write(store, batch.slice(middle));
    }
  }
}

/** Consecutive parts of at most `transactionBytes`, or of one message. */
function partsOf(batch: readonly SourceMessage[]): SourceMessage[][] {
  const parts: SourceMessage[][] = [];
  let bytes = 0;
  for (const message of batch) {
    bytes += message.data.length;
    const part = parts.at(-1);
    if (part === undefined || bytes > transactionBytes) {
      parts.push([message]);
      bytes = message.data.length;
    } else {
      part.push(message);
    }
  }
  return parts;
}
