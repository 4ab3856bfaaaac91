// Running code once by publishing it on NATS, and following its output and result there.
import {
  ExecutionRequest,
  ExecutionResult,
  fromJsonBytes,
  OutputChunk,
  PlatformError,
  priorities,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import type { Bus, StoredMessage } from '@pilotlight/messaging';
import {
  type ExecutionUpdate,
  outcomeOf,
  type RunListeners,
  type RunOutcome,
} from './executions.ts';
import { merge } from './merge.ts';
import { type RunRequest, toExecutionRequest } from './request.ts';

/** The request log has it on disk: it will get exactly one result. */
export interface Acknowledgement {
  readonly id: string;
  /** Position in the request log. */
  readonly sequence: number;
  /** True where this id was published in the last two minutes; nothing was added. */
  readonly duplicate: boolean;
}

/** The NATS half of the client. */
export interface Publisher {
  /** Rejects with `resource_exhausted` where the queue is full, and then nothing was accepted. */
  publish(request: RunRequest): Promise<Acknowledgement>;
  /** Waits for the one result of an execution; within an hour of its end also afterwards. */
  result(id: string, signal?: AbortSignal): Promise<ExecutionResult>;
  /** Output of one attempt at a time, then the result. Readable for 15 minutes after the end. */
  watch(id: string, signal?: AbortSignal): AsyncIterable<ExecutionUpdate>;
  /** Watches to the end, telling the listeners on the way. */
  follow(id: string, listeners?: RunListeners): Promise<RunOutcome>;
}

/**
 * Publishes on a bus that the caller goes on owning. With a project's credentials it publishes requests in
 * its project's name, and reading is `permission_denied`: results come over gRPC and REST.
 */
export function createPublisher(
  bus: Bus,
  { project }: { readonly project?: string } = {},
): Publisher {
  return {
    publish: (request) => publish(bus, request, project),
    result: (id, signal) => result(bus, id, signal),
    watch: (id, signal) => watch(bus, id, signal),
    follow: (id, listeners = {}) => outcomeOf(watch(bus, id, listeners.signal), listeners),
  };
}

async function publish(bus: Bus, request: RunRequest, project?: string): Promise<Acknowledgement> {
  const message = toExecutionRequest(request, new Date());
  const priority = priorities.find((known) => known === message.priority) ?? 'normal';
  const about = { priority, language: message.language };
  const receipt = await bus.publish(
    project === undefined
      ? subject('executionRequest', about)
      : subject('projectRequest', { ...about, project }),
    toJsonBytes(ExecutionRequest, message),
    { messageId: message.id },
  );
  return { id: message.id, sequence: receipt.sequence, duplicate: receipt.duplicate };
}

async function result(bus: Bus, id: string, signal?: AbortSignal): Promise<ExecutionResult> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  try {
    const messages = bus.follow(
      'EXEC_RESULTS',
      subject('executionResult', { id }),
      'first',
      either,
    );
    for await (const message of messages) return fromJsonBytes(ExecutionResult, message.data);
  } finally {
    stop.abort();
  }
  throw new PlatformError('cancelled', `Stopped waiting for the result of ${id}.`);
}

async function* watch(
  bus: Bus,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<ExecutionUpdate, void> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  try {
    const outputs = bus.follow('EXEC_OUTPUT', subject('executionOutput', { id }), 'first', either);
    const results = bus.follow('EXEC_RESULTS', subject('executionResult', { id }), 'first', either);
    yield* oneAttempt(merge<StoredMessage>(outputs, results), {
      isStored: () => hasOutput(bus, id),
      ofAttempt: (attempt) => storedOutput(bus, id, attempt, either),
    });
  } finally {
    stop.abort();
  }
}

async function hasOutput(bus: Bus, id: string): Promise<boolean> {
  return (await bus.readLast('EXEC_OUTPUT', subject('executionOutput', { id }))) !== undefined;
}

/** What an attempt that has a result wrote: all of it was stored before that. */
async function* storedOutput(
  bus: Bus,
  id: string,
  attempt: number,
  signal: AbortSignal,
): AsyncGenerator<ExecutionUpdate, void> {
  if (!(await hasOutput(bus, id))) return;
  const filter = subject('executionOutput', { id });
  for await (const { data, pending } of bus.follow('EXEC_OUTPUT', filter, 'first', signal)) {
    const chunk = fromJsonBytes(OutputChunk, data);
    if (chunk.attempt === attempt) yield { $case: 'output', output: chunk };
    if (pending === 0) return;
  }
}

interface StoredOutput {
  isStored(): Promise<boolean>;
  ofAttempt(attempt: number): AsyncIterable<ExecutionUpdate>;
}

/**
 * Sorts out attempts: chunks of one that was given up are dropped, a newer one says `restarted`.
 * A result whose output does not fit in it waits for the chunks, which were stored before it. A
 * result of an earlier attempt than was shown (its node was only taken for dead) starts over.
 */
async function* oneAttempt(
  messages: AsyncIterable<StoredMessage>,
  output: StoredOutput,
): AsyncGenerator<ExecutionUpdate, void> {
  let attempt = 0;
  let sequence = 0;
  let ended: ExecutionResult | undefined;
  for await (const message of messages) {
    if (message.stream === 'EXEC_RESULTS') {
      ended = fromJsonBytes(ExecutionResult, message.data);
      if (isWhole(ended) || !(await output.isStored())) sequence = Number.POSITIVE_INFINITY;
    } else {
      const chunk = fromJsonBytes(OutputChunk, message.data);
      if (chunk.attempt < attempt || chunk.attempt > (ended?.attempt ?? chunk.attempt)) continue;
      if (attempt !== 0 && chunk.attempt > attempt) {
        yield { $case: 'restarted', restarted: chunk.attempt };
      }
      attempt = chunk.attempt;
      sequence = Math.max(sequence, chunk.sequence);
      yield { $case: 'output', output: chunk };
    }
    if (ended === undefined) continue;
    // Attempt 0 is a result that the scheduler wrote: what was shown stands.
    const isOvertaken = ended.attempt > 0 && ended.attempt < attempt;
    if (isOvertaken || isRead(ended, attempt, sequence)) {
      if (attempt !== 0 && (isOvertaken || ended.attempt > attempt)) {
        yield { $case: 'restarted', restarted: ended.attempt };
      }
      if (isOvertaken && !isWhole(ended)) yield* output.ofAttempt(ended.attempt);
      yield { $case: 'result', result: ended };
      return;
    }
  }
}

function isWhole({ stdout, stderr, compile }: ExecutionResult): boolean {
  return ![stdout, stderr, compile?.stdout, compile?.stderr].some((it) => it?.truncated === true);
}

function isRead(result: ExecutionResult, attempt: number, sequence: number): boolean {
  if (sequence === Number.POSITIVE_INFINITY) return true;
  return attempt === result.attempt && sequence >= result.lastOutputSequence;
}
