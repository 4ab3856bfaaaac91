// What callers may ask of executions: one leader's answers.
import {
  type Execution,
  type ExecutionEvent,
  type ExecutionInput,
  type ExecutionResult,
  mayAccess,
  PlatformError,
  type SendInputResponse,
  type SubmitRequest,
  type SubmitResponse,
  token,
} from '@pilotlight/contracts';
import { endedView, pendingView } from '../domain/execution-view.ts';
import { type CancelDeps, cancelTracked } from './cancel.ts';
import type { Tracked } from './execution-book.ts';
import type { Intake } from './intake.ts';
import type { Caller } from './ports.ts';
import { noExecution } from './request-log.ts';
import { hasEnded, sendInput } from './send-input.ts';
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

/**
 * Every answer waits until the log has been read; ids are checked by name first. What the caller may not
 * access is not found.
 */
export class Executions {
  readonly #deps: ExecutionsDeps;

  constructor(deps: ExecutionsDeps) {
    this.#deps = deps;
  }

  submit(wanted: SubmitRequest, caller: Caller): Promise<SubmitResponse> {
    return submit(this.#deps, wanted, caller);
  }

  async get(executionId: string, caller: Caller): Promise<Execution> {
    const tracked = await this.#pending(executionId, caller);
    if (tracked === undefined) return this.#ended(executionId, caller);
    const { accepted, startedAt, status } = tracked;
    const estimatedWaitMs = this.#deps.dispatcher.estimatedWaitMs(tracked);
    return pendingView({ ...accepted, startedAt, status }, estimatedWaitMs);
  }

  async cancel(executionId: string, caller: Caller): Promise<Execution> {
    const tracked = await this.#pending(executionId, caller);
    return tracked === undefined
      ? this.#ended(executionId, caller)
      : cancelTracked(this.#deps, tracked);
  }

  async sendInput(input: ExecutionInput, caller: Caller): Promise<SendInputResponse> {
    const { executionId } = input;
    const tracked = await this.#pending(executionId, caller);
    if (tracked !== undefined) return sendInput(this.#deps, tracked, input, caller);
    await this.#ended(executionId, caller);
    throw hasEnded();
  }

  /** Status changes, output from a sequence number on, the result last. */
  async *watch(executionId: string, from: number, caller: Caller): AsyncIterable<ExecutionEvent> {
    const tracked = await this.#pending(executionId, caller);
    if (tracked === undefined) await this.#ended(executionId, caller);
    yield* watchOutput(this.#deps, executionId, from, caller);
  }

  async *execute(wanted: SubmitRequest, caller: Caller): AsyncIterable<ExecutionEvent> {
    const { executionId } = await this.submit(wanted, caller);
    yield* this.watch(executionId, 0, caller);
  }

  /** Undefined where it must have ended, if there is such an execution. */
  async #pending(executionId: string, caller: Caller): Promise<Tracked | undefined> {
    await this.#known(executionId, caller);
    const tracked = this.#deps.book.get(executionId);
    if (tracked !== undefined && !isOf(caller, tracked.user)) throw noExecution(executionId);
    return tracked;
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

  async #ended(executionId: string, caller: Caller): Promise<Execution> {
    const result: ExecutionResult = await this.#deps.requests.knownResult(executionId);
    if (!isOf(caller, result.userId)) throw noExecution(executionId);
    return endedView(executionId, result);
  }
}

function isOf({ principal }: Caller, user: string): boolean {
  return principal === undefined || mayAccess(principal, user);
}
