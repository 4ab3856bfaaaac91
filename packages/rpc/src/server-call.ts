// From the library's call to a handler's context, and from what a handler throws to a status.
import type { EventEmitter } from 'node:events';
import type {
  Metadata,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  StatusObject,
} from '@grpc/grpc-js';
import { type ErrorCode, PlatformError } from '@pilotlight/contracts';
import type { CallContext, FaultLog, FinishedCall } from './call.ts';
import { traceparentOf } from './metadata.ts';
import { statusFromError } from './status.ts';

/** The library's call, of whichever shape. */
export type ServerSurfaceCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerReadableStream<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** What a server does with every call, whatever its method. */
export interface Reception {
  /** Undefined: everyone may call. */
  readonly hasToken?: (metadata: Metadata) => boolean;
  readonly logger?: FaultLog;
  readonly onCall?: (call: FinishedCall) => void;
}

/** A call in progress. */
export interface ServerCall {
  readonly context: CallContext;
  /** The status for what the handler threw; faults of the platform itself are logged, once, here. */
  fail(thrown: unknown): StatusObject;
  /** To be called when the handler is done: its signal then stays as it is. */
  finish(): void;
}

/** Throws `unauthenticated`. */
export function admit(reception: Reception, call: ServerSurfaceCall): void {
  if (reception.hasToken?.(call.metadata) === false) {
    throw new PlatformError('unauthenticated', 'This call needs the right bearer token.');
  }
}

/** `operation` is the method's name. */
export function receive(
  reception: Reception,
  operation: string,
  call: ServerSurfaceCall,
): ServerCall {
  const begunAtMs = performance.now();
  const abort = new AbortController();
  const limit = Number(call.getDeadline());
  const hasDeadline = Number.isFinite(limit);
  const end = () => abort.abort(endReason(hasDeadline && Date.now() >= limit));
  // The library announces the deadline, too, as a cancellation.
  const events: EventEmitter = call;
  if (call.cancelled) end();
  else events.once('cancelled', end);
  let failure: ErrorCode | undefined;
  return {
    context: {
      signal: abort.signal,
      traceparent: traceparentOf(call.metadata),
      ...(hasDeadline && { deadline: new Date(limit) }),
      peer: call.getPeer(),
    },
    fail(thrown) {
      const error = PlatformError.from(thrown);
      failure = error.code;
      return failureStatus(reception, call, error);
    },
    finish() {
      events.off('cancelled', end);
      const gone = abort.signal.aborted ? PlatformError.from(abort.signal.reason).code : undefined;
      const seconds = (performance.now() - begunAtMs) / 1_000;
      reception.onCall?.({ operation, status: gone ?? failure ?? 'ok', seconds });
    },
  };
}

function endReason(late: boolean): PlatformError {
  return late
    ? new PlatformError('deadline_exceeded', "The caller's deadline has passed.")
    : new PlatformError('cancelled', 'The caller cancelled the call or went away.');
}

function failureStatus(
  reception: Reception,
  call: ServerSurfaceCall,
  error: PlatformError,
): StatusObject {
  if (error.code === 'internal') {
    const fields = { err: error.cause ?? error, method: call.getPath(), peer: call.getPeer() };
    reception.logger?.error(
      { ...fields, traceparent: traceparentOf(call.metadata) },
      'call failed',
    );
  }
  return statusFromError(error);
}
