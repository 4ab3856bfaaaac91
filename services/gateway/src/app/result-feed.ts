// The results of all executions as they are stored, for callers who wait for one of them. One reader of
// the stream for the whole process: a reader of its own for each caller would cost it milliseconds.
import {
  ExecutionResult,
  fromJsonBytes,
  PlatformError,
  parseSubject,
  subjectFilter,
} from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';

/** Results that came while nobody waited: a short run may end before its submission is answered. */
const keptResults = 256;
const keptBytes = 4 * 1024 * 1024;
const rereadAfterMs = 500;

/** The part of a logger that is needed here. */
export interface FeedLog {
  warn(fields: object, message: string): void;
}

/** A caller's place in line for one result. */
export interface Waiting {
  /** Never rejects; never resolves where the reader missed it. */
  readonly result: Promise<ExecutionResult>;
  /** To be called in any case. Idempotent. */
  leave(): void;
}

export class ResultFeed {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #log: FeedLog;
  readonly #waiting = new Map<string, Set<(result: ExecutionResult) => void>>();
  /** As they came, the oldest first. */
  readonly #recent = new Map<string, Uint8Array>();
  #recentBytes = 0;

  constructor(bus: Bus, clock: Clock, log: FeedLog) {
    this.#bus = bus;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads until the signal aborts; a reader that breaks is begun anew. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    const filter = subjectFilter('executionResult');
    while (!signal.aborted) {
      try {
        const messages = this.#bus.follow('EXEC_RESULTS', filter, 'new', signal);
        for await (const { subject, data } of messages) {
          const id = parseSubject('executionResult', subject)?.id;
          if (id !== undefined) this.#take(id, data);
        }
      } catch (thrown) {
        const err = PlatformError.from(thrown);
        if (!signal.aborted) this.#log.warn({ err }, 'results: reading broke');
      }
      await pause(this.#clock, rereadAfterMs, signal);
    }
  }

  wait(executionId: string): Waiting {
    const { promise, resolve } = Promise.withResolvers<ExecutionResult>();
    const known = this.#recent.get(executionId);
    if (known !== undefined) {
      resolve(fromJsonBytes(ExecutionResult, known));
      return { result: promise, leave: () => {} };
    }
    const waiters = this.#waiting.get(executionId) ?? new Set();
    this.#waiting.set(executionId, waiters.add(resolve));
    return {
      result: promise,
      leave: () => {
        waiters.delete(resolve);
        const isLast = waiters.size === 0 && this.#waiting.get(executionId) === waiters;
        if (isLast) this.#waiting.delete(executionId);
      },
    };
  }

  #take(id: string, data: Uint8Array): void {
    const waiters = this.#waiting.get(id);
    if (waiters === undefined) {
      this.#keep(id, data);
      return;
    }
    this.#waiting.delete(id);
    const result = fromJsonBytes(ExecutionResult, data);
    for (const resolve of waiters) resolve(result);
  }

  #keep(id: string, data: Uint8Array): void {
    this.#recent.set(id, data);
    this.#recentBytes += data.length;
    for (const [oldest, bytes] of this.#recent) {
      if (this.#recent.size <= keptResults && this.#recentBytes <= keptBytes) return;
      this.#recent.delete(oldest);
      this.#recentBytes -= bytes.length;
    }
  }
}
