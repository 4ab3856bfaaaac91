// The durable side of executions: the request log, the result store, the output, the dead.
import {
  DeadRequest,
  ExecutionRequest,
  ExecutionResult,
  fromJsonBytes,
  OutputChunk,
  PlatformError,
  type Priority,
  parseSubject,
  type StreamName,
  subject,
  subjectFilter,
  toJsonBytes,
} from '@pilotlight/contracts';
import { backoff, type Clock } from '@pilotlight/lifecycle';
import type { Bus, PublishReceipt } from '@pilotlight/messaging';
import type { Log } from './ports.ts';
import { pause } from './waiting.ts';

/** What goes to exec.dead. */
export interface Burial {
  readonly priority: Priority;
  readonly language: string;
  readonly stream: StreamName;
  readonly sequence: number;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reason: string;
}

export interface RequestLogOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** When it aborts, what is still being retried is given up: the next leader does it. */
  readonly term: AbortSignal;
}

/** Says the same of what there is not and of what somebody may not see. */
export function noExecution(id: string): PlatformError {
  const message = `There is no execution "${id}", or it ended more than an hour ago.`;
  return new PlatformError('not_found', message);
}

/** Writes are repeated until they succeed or the term ends; all of them are idempotent. */
export class RequestLog {
  readonly #options: RequestLogOptions;

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  /** Accepts a request. Not retried: the caller is told, and asks again. */
  append(request: ExecutionRequest, priority: Priority): Promise<PublishReceipt> {
    const where = subject('executionRequest', { priority, language: request.language });
    const data = toJsonBytes(ExecutionRequest, request);
    return this.#options.bus.publish(where, data, { messageId: request.id });
  }

  /** Undefined where the request is gone. */
  async body(stream: StreamName, sequence: number): Promise<ExecutionRequest | undefined> {
    const stored = await this.#persist(() => this.#options.bus.read(stream, sequence));
    return stored && fromJsonBytes(ExecutionRequest, stored.data);
  }

  async result(id: string): Promise<ExecutionResult | undefined> {
    const stored = await this.#options.bus.readLast(
      'EXEC_RESULTS',
      subject('executionResult', { id }),
    );
    return stored && fromJsonBytes(ExecutionResult, stored.data);
  }

  /** Rejects `not_found` where there is none. */
  async knownResult(id: string): Promise<ExecutionResult> {
    const result = await this.result(id);
    if (result !== undefined) return result;
    throw noExecution(id);
  }

  /** The newest chunk stored, with its place in the stream. */
  async lastOutput(
    id: string,
  ): Promise<{ readonly chunk: OutputChunk; readonly sequence: number } | undefined> {
    const stored = await this.#options.bus.readLast(
      'EXEC_OUTPUT',
      subject('executionOutput', { id }),
    );
    if (stored === undefined) return undefined;
    return { chunk: fromJsonBytes(OutputChunk, stored.data), sequence: stored.sequence };
  }

  /** Ids that have a result, all in one question. */
  async endedIds(): Promise<string[]> {
    const filter = subjectFilter('executionResult');
    const counts = await this.#persist(() => this.#options.bus.count('EXEC_RESULTS', filter));
    return [...counts.keys()].flatMap((text) => parseSubject('executionResult', text)?.id ?? []);
  }

  /** False where another result was there first. */
  storeResult(result: ExecutionResult): Promise<boolean> {
    const where = subject('executionResult', { id: result.executionId });
    const data = toJsonBytes(ExecutionResult, result);
    return this.#persist(async () => {
      try {
        await this.#options.bus.publish(where, data, { onlyFirst: true });
        return true;
      } catch (thrown) {
        if (PlatformError.from(thrown).code === 'conflict') return false;
        throw thrown;
      }
    });
  }

  /** Puts what could never be run where people look for it. A huge payload is cut. */
  async bury(burial: Burial): Promise<void> {
    const { language, priority, reason } = burial;
    const { bus, clock } = this.#options;
    const payload = burial.payload.subarray(0, Math.floor(bus.maxPayloadBytes / 2));
    const dead = {
      subject: burial.subject,
      payload: Buffer.from(payload),
      reason,
      at: clock.now(),
    };
    const messageId = `dead-${burial.stream}-${burial.sequence}`;
    const where = subject('executionDead', { priority, language });
    await this.#persist(() => bus.publish(where, toJsonBytes(DeadRequest, dead), { messageId }));
  }

  /** Takes a request out of the log. */
  async remove(stream: StreamName, sequence: number): Promise<void> {
    await this.#persist(() => this.#options.bus.remove(stream, sequence));
  }

  async #persist<T>(task: () => Promise<T>): Promise<T> {
    const { clock, log, term } = this.#options;
    const waits = backoff({ minMs: 50, maxMs: 2_000 });
    for (;;) {
      try {
        return await task();
      } catch (thrown) {
        const error = PlatformError.from(thrown);
        if (term.aborted || error.retry.kind === 'never') throw error;
        log.warn({ err: error }, 'the bus refused; trying again');
        await pause(clock, waits.next(), term);
      }
    }
  }
}
