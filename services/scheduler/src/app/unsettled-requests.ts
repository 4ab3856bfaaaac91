// Requests of the log for a version that no node has told of yet, while some still may. They wait
// outside the queue, because it is not known yet what they are.
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import type { FollowedMessage } from '@pilotlight/messaging';
import type { Capacity } from './capacity.ts';
import type { Catalogue } from './catalogue.ts';

/** Each keeps its body in memory. */
const maxWaiting = 500;

export interface UnsettledDeps {
  readonly capacity: Capacity;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly term: AbortSignal;
  /** How long one may wait. */
  readonly queueDeadlineMs: number;
}

interface Waiting {
  readonly message: FollowedMessage;
  /** To be called with the message again; it may come back here. */
  readonly again: () => void;
  readonly giveUp: () => void;
  readonly cancelDeadline: Cancel;
}

/** One leader's. What waits at the end of its term is in the log for the next. */
export class UnsettledRequests {
  readonly #deps: UnsettledDeps;
  #waiting: Waiting[] = [];
  #versions = '';

  constructor(deps: UnsettledDeps) {
    this.#deps = deps;
    deps.capacity.onChange(() => this.#look());
  }

  /** Calls `again` when nodes have told of other versions, or `giveUp` when that takes too long. */
  wait(message: FollowedMessage, again: () => void, giveUp: () => void): void {
    if (this.#waiting.length >= maxWaiting) {
      giveUp();
      return;
    }
    const { clock, queueDeadlineMs } = this.#deps;
    this.#versions = this.#told();
    const cancelDeadline = clock.after(queueDeadlineMs, () => {
      this.#waiting = this.#waiting.filter((one) => one.message !== message);
      if (!this.#deps.term.aborted) giveUp();
    });
    this.#waiting.push({ message, again, giveUp, cancelDeadline });
  }

  #look(): void {
    if (this.#waiting.length === 0 || this.#told() === this.#versions) return;
    const waited = this.#waiting;
    this.#waiting = [];
    for (const { again, cancelDeadline } of waited) {
      cancelDeadline();
      again();
    }
  }

  #told(): string {
    const { catalogue, capacity } = this.#deps;
    return JSON.stringify(catalogue.templates.map(({ name }) => capacity.versionsOf(name)));
  }
}
