// Messages become rows. A message is done with when its rows are committed.
import { deadLetter, recordsOf, type SourceMessage } from '../domain/records.ts';
import { type OutageLog, RowRejected, type StatsStore } from './ports.ts';

export interface RecorderOptions {
  /** Connects and brings the schema up to date; tried again after it rejects. */
  readonly open: () => Promise<StatsStore>;
  readonly logger: OutageLog;
}

/** Of messages in one transaction: what an embedded database once grew by, it keeps. */
const transactionBytes = 1024 * 1024;

/** Owns the store it opens. */
export class Recorder {
  readonly #options: RecorderOptions;
  #store: Promise<StatsStore> | undefined;
  #hasAnswered = false;
  /** Whether an outage was told of, and its end was not. */
  #isAway = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Whether the database answered the last time it was asked. */
  get isAvailable(): boolean {
    return this.#hasAnswered;
  }

  /** Opens the store without waiting for a message. Resolves also where that fails, after a warning. */
  async prepare(): Promise<void> {
    await this.#guarded(async () => undefined).catch(() => undefined);
  }

  /**
   * Resolves once everything is committed, dead letters included; rejects while the database is
   * away, and the bus then hands the batch over again. Says so once for each outage.
   */
  async record(batch: readonly SourceMessage[]): Promise<void> {
    await this.#guarded(async (store) => {
      for (const part of partsOf(batch)) await this.#write(store, part);
    });
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

  async #guarded(work: (store: StatsStore) => Promise<void>): Promise<void> {
    try {
      this.#store ??= this.#options.open();
      const store = await this.#store.catch((thrown: unknown) => {
        this.#store = undefined;
        throw thrown;
      });
      await work(store);
    } catch (thrown) {
      if (!this.#isAway) {
        const text = 'no database: records wait in JetStream until there is one';
        this.#options.logger.warn({ err: thrown }, text);
      }
      this.#isAway = true;
      this.#hasAnswered = false;
      throw thrown;
    }
    if (this.#isAway) this.#options.logger.info('the database is back: catching up');
    this.#isAway = false;
    this.#hasAnswered = true;
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
