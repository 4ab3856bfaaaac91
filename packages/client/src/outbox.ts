// Messages to a call that is under way, in the order in which they are put.

interface Put<T> {
  readonly message: T;
  readonly onTaken: () => void;
}

/**
 * What a call reads its requests from. `end` must be called when the call is over, or its reader waits
 * for ever. Can be read once.
 */
export class Outbox<T> implements AsyncIterable<T> {
  readonly #waiting: Put<T>[] = [];
  #wake: () => void = () => undefined;
  #isEnded = false;

  /** `onTaken` tells that the call has room for more. What comes after `end` is dropped. */
  put(message: T, onTaken: () => void = () => undefined): void {
    if (this.#isEnded) {
      onTaken();
      return;
    }
    this.#waiting.push({ message, onTaken });
    this.#wake();
  }

  /** No more messages; those that wait are still sent, unless the call is over. Idempotent. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        yield next.message;
        next.onTaken();
      } else if (this.#isEnded) {
        return undefined;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
