// The attempts of this node, each once: a second order for the same attempt joins the first.
import {
  type ActiveRun,
  type ExecutionInput,
  type ExecutionResult,
  invalidFields,
  PlatformError,
  type RunEvent,
  type RunRequest,
} from '@pilotlight/contracts';
import type { RunOrder } from './execution-result.ts';
import { pause } from './retry.ts';
import { type AttemptOptions, RunAttempt, type Watchable } from './run-attempt.ts';
import { hasEnded } from './run-input.ts';

export interface RunsOptions extends AttemptOptions {
  /** Attempts under way at once. */
  readonly runSlots: number;
}

/** Ended attempts that a late second order can still join; later ones find the stored result. */
const remembered = 64;

export class Runs {
  readonly #options: RunsOptions;
  readonly #active = new Map<string, RunAttempt>();
  readonly #ended = new Map<string, Watchable>();
  #isDraining = false;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#active.size;
  }

  /** Attempts under way. */
  list(): ActiveRun[] {
    return [...this.#active.values()].map(({ order }) => ({
      executionId: order.request.id,
      attempt: order.attempt,
    }));
  }

  /**
   * Starts the attempt or joins it. Throws `unavailable` while draining, `resource_exhausted`
   * where every run slot is taken.
   */
  start(request: RunRequest): Watchable {
    const order = checked(request);
    const key = keyOf(order.request.id, order.attempt);
    const known = this.#active.get(key) ?? this.#ended.get(key);
    if (known !== undefined) return known;
    if (this.#isDraining) throw new PlatformError('unavailable', 'this node is draining');
    if (this.#active.size >= this.#options.runSlots) {
      throw new PlatformError('resource_exhausted', 'every run slot of this node is taken');
    }
    const attempt = new RunAttempt(this.#options, order);
    this.#active.set(key, attempt);
    attempt.finished.then(
      () => this.#retire(key, attempt),
      () => this.#active.delete(key),
    );
    return attempt;
  }

  /** Cancels an attempt, or every one of the execution for attempt 0. Empty where none is under way. */
  cancel(executionId: string, attempt: number): Promise<ExecutionResult>[] {
    const found = [...this.#active.values()].filter(
      ({ order }) =>
        order.request.id === executionId && (attempt === 0 || order.attempt === attempt),
    );
    for (const run of found) run.cancel();
    return found.map((run) => run.finished);
  }

  /** Hands input to the latest attempt; rejects as that does, and where none is under way. */
  async sendInput({ executionId, input }: ExecutionInput, signal: AbortSignal): Promise<void> {
    const attempts = [...this.#active.values()];
    const latest = attempts.findLast(({ order }) => order.request.id === executionId);
    if (latest === undefined) {
      const isOver = [...this.#ended.keys()].some((key) => key.startsWith(keyOf(executionId, '')));
      if (isOver) throw hasEnded();
      const retry = { kind: 'after', ms: 50 } as const;
      throw new PlatformError('failed_precondition', 'It does not run here.', { retry });
    }
    await latest.sendInput(input, signal);
  }

  /** Takes no more, lets what runs end for at most `graceMs`, then hands the rest back. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const enough = new AbortController();
    const tooLong = pause(this.#options.clock, graceMs, enough.signal);
    await Promise.race([this.#settled(), tooLong]);
    enough.abort();
    for (const run of this.#active.values()) run.abandon();
    await this.#settled();
  }

  async #settled(): Promise<void> {
    await Promise.allSettled([...this.#active.values()].map((run) => run.finished));
  }

  #retire(key: string, attempt: RunAttempt): void {
    this.#active.delete(key);
    this.#ended.set(key, { started: attempt.started, finished: attempt.finished });
    const oldest = this.#ended.keys().next().value;
    if (this.#ended.size > remembered && oldest !== undefined) this.#ended.delete(oldest);
  }
}

/** Tells of an attempt from its beginning, whenever the watcher came. Ends early on the signal. */
export async function* watchRun(run: Watchable, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  gone.catch(() => undefined);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const started = await Promise.race([run.started, gone]);
    if (started !== undefined) yield { event: { $case: 'started', started } };
    const finished = await Promise.race([run.finished, gone]);
    yield { event: { $case: 'finished', finished } };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function keyOf(executionId: string, attempt: number | ''): string {
  return `${executionId} ${attempt}`;
}

function checked(request: RunRequest): RunOrder {
  const execution = request.request;
  const problems = [
    ...(request.attempt < 1 ? [{ field: 'attempt', problem: 'must be 1 or more' }] : []),
    ...(request.template === '' ? [{ field: 'template', problem: 'must not be empty' }] : []),
  ];
  if (execution === undefined) problems.push({ field: 'request', problem: 'must be given' });
  if (execution === undefined || problems.length > 0) throw invalidFields(problems);
  return { ...request, request: execution };
}
