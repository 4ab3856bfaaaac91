// The chunks of one attempt in their order. Pure: chunks go in as they were stored, and come out once
// each, in order. (A publisher that tries again after an outage may store a chunk behind its successors.)

/** What is known of a chunk by its place alone. */
export interface Numbered {
  readonly attempt: number;
  /** From 1, without gaps. */
  readonly sequence: number;
}

/** A later attempt began: forget all that came out so far. */
export interface Began {
  readonly began: number;
}

export class OutputOrder<Chunk extends Numbered> {
  /** The attempt whose chunks come out; 0 before the first one. */
  #attempt = 0;
  #next = 1;
  readonly #lastAttempt: number;
  readonly #early = new Map<number, Chunk>();

  /** Chunks of attempts after `lastAttempt` are passed over. */
  constructor(lastAttempt = Number.POSITIVE_INFINITY) {
    this.#lastAttempt = lastAttempt;
  }

  get attempt(): number {
    return this.#attempt;
  }

  /** The sequence number that comes out next. */
  get next(): number {
    return this.#next;
  }

  take(chunk: Chunk): (Chunk | Began)[] {
    const out: (Chunk | Began)[] = [];
    if (chunk.attempt < this.#attempt || chunk.attempt > this.#lastAttempt) return out;
    if (chunk.attempt > this.#attempt) out.push(this.begin(chunk.attempt));
    if (chunk.sequence >= this.#next) this.#early.set(chunk.sequence, chunk);
    for (;;) {
      const due = this.#early.get(this.#next);
      if (due === undefined) return out;
      this.#early.delete(this.#next);
      this.#next += 1;
      out.push(due);
    }
  }

  /** What waits for predecessors that are gone for good, with the gaps that they leave. */
  rest(): Chunk[] {
    const rest = [...this.#early.values()].toSorted((a, b) => a.sequence - b.sequence);
    this.#early.clear();
    this.#next = (rest.at(-1)?.sequence ?? this.#next - 1) + 1;
    return rest;
  }

  begin(attempt: number): Began {
    this.#attempt = attempt;
    this.#next = 1;
    this.#early.clear();
    return { began: attempt };
  }
}
