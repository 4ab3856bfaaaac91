// Several calls that ask for the same thing share one piece of work and one answer.

interface Shared<T> {
  readonly result: Promise<T>;
  readonly abandoned: AbortController;
  callers: number;
  settled: boolean;
}

/** Work and answers by key. A failure is forgotten at once, an answer when told so. */
export class SharedCalls<T> {
  readonly #calls = new Map<string, Shared<T>>();

  /**
   * Joins the work under this key or starts it. A caller whose signal aborts rejects with its
   * reason; the work's own signal aborts once every caller has gone. An empty key shares nothing.
   */
  async join(
    key: string,
    signal: AbortSignal,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const known = key === '' ? undefined : this.#calls.get(key);
    const shared = known ?? this.#start(key, start);
    shared.callers += 1;
    const { promise: gone, reject } = Promise.withResolvers<never>();
    const onAbort = () => {
      shared.callers -= 1;
      if (shared.callers === 0 && !shared.settled) this.#abandon(key, shared, signal.reason);
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([shared.result, gone]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** The next call under this key starts anew. */
  forget(key: string): void {
    this.#calls.delete(key);
  }

  #abandon(key: string, shared: Shared<T>, reason: unknown): void {
    if (this.#calls.get(key) === shared) this.#calls.delete(key);
    shared.abandoned.abort(reason);
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const abandoned = new AbortController();
    const shared: Shared<T> = {
      result: start(abandoned.signal),
      abandoned,
      callers: 0,
      settled: false,
    };
    if (key !== '') this.#calls.set(key, shared);
    shared.result.then(
      () => {
        shared.settled = true;
      },
      () => {
        shared.settled = true;
        if (this.#calls.get(key) === shared) this.#calls.delete(key);
      },
    );
    return shared;
  }
}
