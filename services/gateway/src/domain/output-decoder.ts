// From the stored chunks of an execution to what a watcher is shown. Pure, and the same for everyone who
// reads from the first chunk on, so that what one reader has decoded another may go on with.
import type { OutputChunk } from '@pilotlight/contracts';
import { CharacterCarry, type Source } from './character-carry.ts';
import { type Began, OutputOrder } from './output-order.ts';

/** Output with its number; `bytes` ends with a whole character, unless it is no UTF-8 at all. */
export interface Piece extends Source {
  readonly kind: 'piece';
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** Chunks that are not stored any more. */
export interface Gap {
  readonly kind: 'gap';
  readonly from: number;
  readonly to: number;
}

export type Decoded = Piece | Gap | { readonly kind: 'began'; readonly attempt: number };

export class OutputDecoder {
  readonly #order: OutputOrder<OutputChunk>;
  readonly #carry = new CharacterCarry();

  /** `lastAttempt`: the attempt that the result is of, where that is known. */
  constructor(lastAttempt?: number) {
    this.#order = new OutputOrder(lastAttempt);
  }

  get attempt(): number {
    return this.#order.attempt;
  }

  /** The number of the chunk that comes next. */
  get next(): number {
    return this.#order.next;
  }

  take(chunk: OutputChunk): Decoded[] {
    return this.#order.take(chunk).map((item) => this.#decode(item));
  }

  /**
   * No more will come of this attempt, whose last chunk was `last`: what waits or is missing, and what is
   * left of characters that were never completed, with the numbers after the last one.
   */
  end(attempt: number, last: number): Decoded[] {
    const out: Decoded[] = [];
    if (attempt > this.#order.attempt) out.push(this.#decode(this.#order.begin(attempt)));
    let next = this.#order.next;
    for (const chunk of this.#order.rest()) {
      if (chunk.sequence > next) out.push({ kind: 'gap', from: next, to: chunk.sequence - 1 });
      out.push(this.#decode(chunk));
      next = chunk.sequence + 1;
    }
    if (last >= next) out.push({ kind: 'gap', from: next, to: last });
    next = Math.max(next, last + 1);
    for (const { source, bytes } of this.#carry.rest()) {
      out.push({ kind: 'piece', seq: next, ...source, bytes });
      next += 1;
    }
    return out;
  }

  #decode(item: OutputChunk | Began): Decoded {
    if ('began' in item) {
      this.#carry.rest();
      return { kind: 'began', attempt: item.began };
    }
    const { sequence, stream, stage } = item;
    const bytes = this.#carry.take({ stream, stage }, item.data);
    return { kind: 'piece', seq: sequence, stream, stage, bytes };
  }
}
