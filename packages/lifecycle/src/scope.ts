// What was acquired, in order, so that it can be released in reverse.

interface Held {
  readonly name: string;
  readonly release: () => void | Promise<void>;
}

/** A stack of things to release. Also unwinds a start that failed half-way. */
export class Scope {
  readonly #held: Held[] = [];
  #closing: Promise<void> | undefined;

  /** Registers what undoes the step that has just succeeded. Throws once `close` was called. */
  defer(name: string, release: () => void | Promise<void>): void {
    if (this.#closing !== undefined) throw new Error(`"${name}" was acquired after the end`);
    this.#held.push({ name, release });
  }

  /**
   * Releases last in, first out, one after another, and goes on past failures; rejects with an
   * `AggregateError` of them at the end. Idempotent: later calls get the same promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#unwind();
    return this.#closing;
  }

  async #unwind(): Promise<void> {
    const failures: Error[] = [];
    for (const { name, release } of this.#held.toReversed()) {
      try {
        await release();
      } catch (cause) {
        failures.push(new Error(`${name} was not released cleanly`, { cause }));
      }
    }
    if (failures.length > 0) {
      const names = failures.map((failure) => failure.message).join('; ');
      throw new AggregateError(failures, names);
    }
  }
}
