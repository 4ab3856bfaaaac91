// What has to be there before sandboxes of a template can be made, done once for all who wait for it.
import { PlatformError } from '@pilotlight/contracts';

export interface Listener {
  readonly signal: AbortSignal;
  /** Hears of long steps, for people; one who comes late hears of the current one at once. */
  readonly onProgress?: ((step: string) => void) | undefined;
}

interface Entry<T> {
  readonly result: Promise<T>;
  readonly listeners: Set<(step: string) => void>;
  step: string | undefined;
}

/** Results by key: work in hand is shared, what succeeded is kept, what failed is tried again. */
export class Preparations<T> {
  readonly #entries = new Map<string, Entry<T>>();

  /**
   * One who aborts stops waiting, not the work, which others may wait for too; rejects with
   * `cancelled` then.
   */
  async get(
    key: string,
    work: (say: (step: string) => void) => Promise<T>,
    { signal, onProgress }: Listener,
  ): Promise<T> {
    if (signal.aborted) throw cancelled(signal);
    const entry = this.#entries.get(key) ?? this.#begin(key, work);
    if (onProgress === undefined) return unlessAborted(entry.result, signal);
    entry.listeners.add(onProgress);
    if (entry.step !== undefined) onProgress(entry.step);
    try {
      return await unlessAborted(entry.result, signal);
    } finally {
      entry.listeners.delete(onProgress);
    }
  }

  /** Resolves when no work is in hand. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ result }) => result));
  }

  /** Forgets a result: the next call does the work again. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets every result. */
  clear(): void {
    this.#entries.clear();
  }

  #begin(key: string, work: (say: (step: string) => void) => Promise<T>): Entry<T> {
    const listeners = new Set<(step: string) => void>();
    const say = (step: string) => {
      entry.step = step;
      for (const listener of listeners) listener(step);
    };
    // Begins in a microtask, when `entry` is there for what it says.
    const result = Promise.resolve().then(() => work(say));
    const entry: Entry<T> = { result, listeners, step: undefined };
    this.#entries.set(key, entry);
    result.then(
      () => {
        entry.step = undefined;
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }
}

const cancelled = ({ reason }: AbortSignal) =>
  new PlatformError('cancelled', 'Nobody waits for the template any more.', { cause: reason });

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(cancelled(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
