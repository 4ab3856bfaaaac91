// Running code once over gRPC: submit, watch, cancel.
import {
  type CompileResult,
  type Execution,
  type ExecutionEvent,
  type ExecutionResult,
  type ExecutionServiceDefinition,
  type OutputChunk,
  type OutputStreamName,
  PlatformError,
  type Stage,
  type SubmitResponse,
} from '@pilotlight/contracts';
import type { CallOptions, Client } from '@pilotlight/rpc';
import { Captured, type OutputListeners } from './captured.ts';
import { type RunRequest, toSubmitRequest } from './request.ts';

type ExecutionRpc = Client<ExecutionServiceDefinition>;

/** A status change, a piece of output, a new attempt, or at last the result. */
export type ExecutionUpdate = NonNullable<ExecutionEvent['event']>;

/** `onStdout` and `onStderr` hear the program alone, `onCompileOutput` its compiler. */
export interface RunListeners extends OutputListeners {
  /** Each piece of output of the compile stage, which ends before the program begins. */
  readonly onCompileOutput?: (piece: Uint8Array, stream: OutputStreamName) => void;
  /** `queued` and `running`. */
  readonly onStatus?: (status: string) => void;
  /** A new attempt began after a fault: forget the output so far, it is written again. */
  readonly onRestart?: (attempt: number) => void;
  /** Aborting stops watching; the execution goes on. */
  readonly signal?: AbortSignal;
}

/** The one result of a run, with its output as text and complete up to the output limit. */
export interface RunOutcome {
  readonly id: string;
  /** A terminal status, such as `completed` or `timeout`. */
  readonly status: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined where the language has no compile stage, or the execution never came to it. */
  readonly compile: CompileOutcome | undefined;
  /** All that is known: times, memory, signal, phases of the start, whether to try again. */
  readonly result: ExecutionResult;
}

/** How the compile stage ended, with its output as text and complete up to the output limit. */
export interface CompileOutcome {
  /** `completed` whatever its exit code, or what ended it, such as `timeout`. */
  readonly status: string;
  /** The program runs only after 0. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs code and waits for its end. What the code does is an outcome; rejects with a
 * `PlatformError` for a refused request (`invalid_argument` names the fields).
 */
export async function run(
  rpc: ExecutionRpc,
  request: RunRequest,
  listeners: RunListeners = {},
): Promise<RunOutcome> {
  const { signal } = listeners;
  const call = { ...(signal && { signal }), ...traceOf(request) };
  const events = rpc.execute(toSubmitRequest(request), call);
  return outcomeOf(updates(events), listeners);
}

/** Accepted means in the log: it will get exactly one result. */
export function submit(rpc: ExecutionRpc, request: RunRequest): Promise<SubmitResponse> {
  return rpc.submit(toSubmitRequest(request), traceOf(request));
}

function traceOf({ traceparent }: RunRequest): Pick<CallOptions, 'traceparent'> {
  return traceparent === undefined ? {} : { traceparent };
}

export function getExecution(rpc: ExecutionRpc, executionId: string): Promise<Execution> {
  return rpc.getExecution({ executionId });
}

/** Idempotent; answers with the result where it had ended already. */
export function cancelExecution(rpc: ExecutionRpc, executionId: string): Promise<Execution> {
  return rpc.cancelExecution({ executionId });
}

export interface WatchOptions {
  /** First sequence number wanted; default 1, the start. */
  readonly fromSequence?: number;
  readonly signal?: AbortSignal;
}

/** Output from a sequence number on, then the result; also for 15 minutes after the end. */
export function watchOutput(
  rpc: ExecutionRpc,
  executionId: string,
  options: WatchOptions = {},
): AsyncIterable<ExecutionUpdate> {
  const { signal, fromSequence = 0 } = options;
  return updates(rpc.watchOutput({ executionId, fromSequence }, signal ? { signal } : {}));
}

/** Follows one execution's updates to its result, telling the listeners on the way. */
export async function outcomeOf(
  events: AsyncIterable<ExecutionUpdate>,
  listeners: RunListeners,
): Promise<RunOutcome> {
  const captured = { run: new Captured(listeners), compile: new Captured(ofCompiler(listeners)) };
  for await (const event of events) {
    switch (event.$case) {
      case 'status':
        listeners.onStatus?.(event.status);
        break;
      case 'output':
        captureOf(captured, event.output);
        break;
      case 'restarted':
        captured.run.reset();
        captured.compile.reset();
        listeners.onRestart?.(event.restarted);
        break;
      case 'result':
        return outcome(event.result, captured);
    }
  }
  throw new PlatformError('unavailable', 'The stream ended before the execution did.');
}

type CapturedStages = Readonly<Record<Stage, Captured>>;

function ofCompiler({ onCompileOutput }: RunListeners): OutputListeners {
  return {
    onStdout: (piece) => onCompileOutput?.(piece, 'stdout'),
    onStderr: (piece) => onCompileOutput?.(piece, 'stderr'),
  };
}

function captureOf(captured: CapturedStages, { stage, stream, data }: OutputChunk): void {
  const from = stage === 'compile' ? captured.compile : captured.run;
  from.add(stream === 'stderr' ? 'stderr' : 'stdout', data);
}

function outcome(result: ExecutionResult, captured: CapturedStages): RunOutcome {
  const compile = result.compile && {
    status: result.compile.status,
    exitCode: result.compile.exitCode,
    ...completed(captured.compile, result.compile),
  };
  return {
    id: result.executionId,
    status: result.status,
    exitCode: result.exitCode,
    ...completed(captured.run, result),
    compile,
    result,
  };
}

function completed(
  captured: Captured,
  inResult: Pick<CompileResult, 'stdout' | 'stderr'>,
): Pick<CompileOutcome, 'stdout' | 'stderr'> {
  captured.complete('stdout', inResult.stdout);
  captured.complete('stderr', inResult.stderr);
  return { stdout: captured.text('stdout'), stderr: captured.text('stderr') };
}

async function* updates(events: AsyncIterable<ExecutionEvent>): AsyncIterable<ExecutionUpdate> {
  for await (const { event } of events) if (event !== undefined) yield event;
}
