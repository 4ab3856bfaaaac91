// What a watcher sees: the output of one attempt, in order and without gaps, then the result. Pure:
// chunks and the result go in, the events to send come out.
import type { ExecutionEvent, ExecutionResult, OutputChunk } from '@pilotlight/contracts';

/** One watcher's view. Memory is bounded by the output limit of one attempt. */
export class OutputView {
  /** The attempt whose output is shown; 0 before the first chunk. */
  #attempt = 0;
  #next: number;
  /** Set once the result has named its attempt and only that one is wanted. */
  #pinned = false;
  /** Chunks that came before their predecessors. */
  readonly #early = new Map<number, OutputChunk>();

  /** `from`: first sequence number wanted; 0 and 1 are the start. */
  constructor(from: number) {
    this.#next = Math.max(1, from);
  }

  /** A later attempt replaces the one shown; what an earlier one still says is not shown. */
  chunk(chunk: OutputChunk): ExecutionEvent[] {
    const events: ExecutionEvent[] = [];
    if (chunk.attempt < this.#attempt) return events;
    if (chunk.attempt > this.#attempt && this.#pinned) return events;
    if (chunk.attempt > this.#attempt) events.push(...this.#begin(chunk.attempt));
    if (chunk.sequence >= this.#next) this.#early.set(chunk.sequence, chunk);
    for (;;) {
      const due = this.#early.get(this.#next);
      if (due === undefined) return events;
      events.push(this.#show(due));
    }
  }

  /**
   * All output stored so far has been given to `chunk`. `replay`: the result is of an earlier
   * attempt than was shown, whose chunks were passed over: give them all again, then ask again.
   */
  result(result: ExecutionResult): { readonly events: ExecutionEvent[]; readonly replay: boolean } {
    if (result.attempt > 0 && result.attempt < this.#attempt) {
      this.#pinned = true;
      return { events: this.#restart(result.attempt), replay: true };
    }
    const events = result.attempt > this.#attempt ? this.#begin(result.attempt) : [];
    // What is still missing has been dropped by age or size; the numbers show the gap.
    const rest = [...this.#early.values()].toSorted((a, b) => a.sequence - b.sequence);
    events.push(...rest.map((chunk) => this.#show(chunk)));
    events.push({ event: { $case: 'result', result } });
    return { events, replay: false };
  }

  #show(chunk: OutputChunk): ExecutionEvent {
    this.#early.delete(chunk.sequence);
    this.#next = chunk.sequence + 1;
    return { event: { $case: 'output', output: chunk } };
  }

  #begin(attempt: number): ExecutionEvent[] {
    const isFirst = this.#attempt === 0;
    if (!isFirst) return this.#restart(attempt);
    this.#attempt = attempt;
    return [];
  }

  #restart(attempt: number): ExecutionEvent[] {
    this.#attempt = attempt;
    this.#next = 1;
    this.#early.clear();
    return [{ event: { $case: 'restarted', restarted: attempt } }];
  }
}
