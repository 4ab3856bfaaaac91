// Work on one thing, one piece after the other.

/** A queue of one at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits until everything before is over, whether it failed or not. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
