// How an execution leaves the book: its result is stored, then the request is taken out of the log.
import type { ExecutionResult } from '@pilotlight/contracts';
import { PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { type OwnEnding, ownResult } from '../domain/own-results.ts';
import type { ExecutionBook, Tracked } from './execution-book.ts';
import type { Log, Observer } from './ports.ts';
import type { RequestLog } from './request-log.ts';

export interface EndingsDeps {
  readonly book: ExecutionBook;
  readonly requests: RequestLog;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly log: Log;
}

/** One leader's. Whoever's result was first is the one that counts. */
export class Endings {
  readonly #deps: EndingsDeps;

  constructor(deps: EndingsDeps) {
    this.#deps = deps;
  }

  /** A result is stored. Removing the request goes on behind; failing that, the next leader does it. */
  finished(tracked: Tracked, status: string): void {
    if (tracked.ended) return;
    this.#deps.book.end(tracked);
    this.#deps.observer.finished(status);
    this.removeRequest(tracked.accepted);
  }

  /** Writes a result of our own unless there is one. Rejects only when the term ends first. */
  async endWith(tracked: Tracked, ending: OwnEnding): Promise<void> {
    const { clock, requests } = this.#deps;
    const attempt = tracked.standing.kind === 'running' ? tracked.standing.attempt : 0;
    const last = attempt === 0 ? undefined : await requests.lastOutput(tracked.id);
    const lastOutputSequence = last?.chunk.attempt === attempt ? last.chunk.sequence : 0;
    const shown = { ...tracked.accepted, attempt, lastOutputSequence };
    const stored = await requests.storeResult(ownResult(shown, ending, clock.now()));
    this.finished(tracked, stored ? ending.status : 'unknown');
  }

  /** Keeps a copy of what is given up. */
  async buryTracked({ accepted }: Tracked, payload: Uint8Array, reason: string): Promise<void> {
    await this.#deps.requests.bury({ ...accepted, payload, reason });
    this.#deps.observer.dead();
  }

  /** In the background. */
  removeRequest(place: Pick<Tracked['accepted'], 'stream' | 'sequence'>): void {
    this.#deps.requests.remove(place.stream, place.sequence).catch((thrown: unknown) => {
      const error = PlatformError.from(thrown);
      this.#deps.log.warn({ err: error }, 'a request that has a result stays in the log for now');
    });
  }

  /** The stored result, where there is one. */
  result(id: string): Promise<ExecutionResult | undefined> {
    return this.#deps.requests.result(id);
  }
}
