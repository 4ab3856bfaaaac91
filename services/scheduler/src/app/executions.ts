// What callers may ask of executions: one leader's answers.
import {
  type Execution,
  type ExecutionEvent,
  PlatformError,
  type SubmitRequest,
  type SubmitResponse,
  token,
} from '@pilotlight/contracts';
import { type CancelDeps, cancelTracked } from './cancel.ts';
import type { Intake } from './intake.ts';
import type { Caller } from './ports.ts';
import { type SubmitDeps, submit } from './submit.ts';
import { unlessAborted, within } from './waiting.ts';
import { type WatchDeps, watchOutput } from './watch-output.ts';

/** A new leader reads 2,500 waiting requests in about 100 ms. */
const logWaitMs = 3_000;
/** Who has just published on NATS may ask here before the message was read from the log. */
const appearanceMs = 250;

export interface ExecutionsDeps extends SubmitDeps, CancelDeps, WatchDeps {
  readonly intakes: Readonly<Record<'EXEC_PRIORITY' | 'EXEC_STANDARD', Intake>>;
}

/** Every answer waits until the log has been read; ids are checked by name first. */
export class Executions {
  readonly #deps: ExecutionsDeps;

  constructor(deps: ExecutionsDeps) {
    this.#deps = deps;
  }

  submit(wanted: SubmitRequest, caller: Caller): Promise<SubmitResponse> {
    return submit(this.#deps, wanted, caller);
  }

  async get(executionId: string, caller: Caller): Promise<Execution> {
    await this.#known(executionId, caller);
    const tracked = this.#deps.book.get(executionId);
    if (tracked !== undefined) return { executionId, status: tracked.status };
    return this.#ended(executionId);
  }

  async cancel(executionId: string, caller: Caller): Promise<Execution> {
    await this.#known(executionId, caller);
    const tracked = this.#deps.book.get(executionId);
    return tracked === undefined ? this.#ended(executionId) : cancelTracked(this.#deps, tracked);
  }

  /** Status changes, output from a sequence number on, the result last. */
  async *watch(executionId: string, from: number, caller: Caller): AsyncIterable<ExecutionEvent> {
    await this.#known(executionId, caller);
    yield* watchOutput(this.#deps, executionId, from, caller);
  }

  async *execute(wanted: SubmitRequest, caller: Caller): AsyncIterable<ExecutionEvent> {
    const { executionId } = await this.submit(wanted, caller);
    yield* this.watch(executionId, 0, caller);
  }

  async #known(executionId: string, caller: Caller): Promise<void> {
    token('execution_id', executionId);
    const { EXEC_PRIORITY, EXEC_STANDARD } = this.#deps.intakes;
    if (this.#deps.book.get(executionId) !== undefined) return;
    const signal = AbortSignal.any([caller.signal, this.#deps.term]);
    const read = Promise.all([EXEC_PRIORITY.caughtUp, EXEC_STANDARD.caughtUp]);
    const isRead = within(this.#deps.clock, logWaitMs, read);
    if (!(await unlessAborted(isRead, signal))) {
      throw new PlatformError('unavailable', 'The queue is still being read. Ask again.');
    }
    const over = new AbortController();
    const appears = this.#deps.book.appearance(executionId, over.signal);
    try {
      await unlessAborted(within(this.#deps.clock, appearanceMs, appears), signal);
    } finally {
      over.abort();
    }
  }

  async #ended(executionId: string): Promise<Execution> {
    const result = await this.#deps.requests.knownResult(executionId);
    return { executionId, status: result.status, result };
  }
}
