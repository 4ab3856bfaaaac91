// What becomes of requests that are not queued: kept in exec.dead with the reason, answered with
// `rejected` where they can be, and taken out of the log.
import { PlatformError, type Priority, queueOf } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { FollowedMessage } from '@pilotlight/messaging';
import type { FairQueue } from '../domain/fair-queue.ts';
import { type OwnEnding, ownResult } from '../domain/own-results.ts';
import { templateOfKind } from '../domain/placement.ts';
import type { DeadRequest } from '../domain/read-request.ts';
import type { Accepted, ExecutionBook, Tracked } from './execution-book.ts';
import type { Log, Observer } from './ports.ts';
import type { RequestLog } from './request-log.ts';

export interface DeadLettersDeps {
  readonly book: ExecutionBook;
  readonly requests: RequestLog;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly log: Log;
}

/** One leader's. Everything goes on behind the caller's back, in an order that survives a crash. */
export class DeadLetters {
  readonly #deps: DeadLettersDeps;

  constructor(deps: DeadLettersDeps) {
    this.#deps = deps;
  }

  /** A request that could never be run. A pending execution of the same id is left alone. */
  refuse(message: FollowedMessage, read: DeadRequest): void {
    const { data, sequence, stream, subject } = message;
    const { id, language, priority, reason, user } = read;
    this.#behind(message, async () => {
      const place = { priority, language, stream, sequence };
      await this.#deps.requests.bury({ ...place, subject, payload: data, reason });
      this.#deps.observer.dead();
      if (id === undefined || this.#isKnown(id)) return;
      const unknown = { correlationId: '', traceparent: '' };
      const ending = { status: 'rejected', message: reason, retryable: false } as const;
      const about = { ...unknown, id, user, language, priority, queuedAt: message.storedAt };
      await this.#answer(about, ending);
    });
  }

  /** A request for which there was no room in the queue. */
  turnAway(accepted: Accepted, reason: string): void {
    const message = `${reason} Submit it again later under a new id.`;
    this.#behind(accepted, () =>
      this.#answer(accepted, { status: 'rejected', message, retryable: true }),
    );
  }

  async #answer(of: Answered, ending: OwnEnding): Promise<void> {
    const { book, clock, observer, requests } = this.#deps;
    const unfinished = { ...of, attempt: 0, lastOutputSequence: 0 };
    await requests.storeResult(ownResult(unfinished, ending, clock.now()));
    book.noteEnded(of.id);
    observer.finished(ending.status);
  }

  #isKnown(id: string): boolean {
    return this.#deps.book.get(id) !== undefined || this.#deps.book.mayHaveEnded(id);
  }

  #behind(place: Pick<Accepted, 'stream' | 'sequence'>, work: () => Promise<void>): void {
    const { log, requests } = this.#deps;
    work()
      .then(() => requests.remove(place.stream, place.sequence))
      .catch((thrown: unknown) => {
        const { stream, sequence } = place;
        const error = PlatformError.from(thrown);
        log.error({ err: error, stream, sequence }, 'a refused request stays in the log');
      });
  }
}

type Answered = Pick<
  Accepted,
  'id' | 'user' | 'language' | 'priority' | 'correlationId' | 'traceparent' | 'queuedAt'
>;

/** Entries of a template that wait in the queue (of the two) which a priority belongs to. */
export function queueDepth(
  queue: FairQueue<Tracked>,
  priority: Priority,
  template: string,
): number {
  const which = queueOf(priority);
  return queue
    .depths()
    .filter((row) => queueOf(row.priority) === which && templateOfKind(row.kind) === template)
    .reduce((sum, { depth }) => sum + depth, 0);
}
