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
import { PlatformError } from '@pilotlight/contracts';
import type { CallContext, FaultLog } from './call.ts';
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
}

/** A call in progress. */
export interface ServerCall {
  readonly context: CallContext;
  /** To be called when the handler is done: its signal then stays as it is. */
  finish(): void;
}

/** Throws `unauthenticated`. */
export function admit(reception: Reception, call: ServerSurfaceCall): void {
  if (reception.hasToken?.(call.metadata) === false) {
    throw new PlatformError('unauthenticated', 'This call needs the right bearer token.');
  }
}

export function receive(call: ServerSurfaceCall): ServerCall {
  const abort = new AbortController();
  const limit = Number(call.getDeadline());
  const hasDeadline = Number.isFinite(limit);
  const end = () => abort.abort(endReason(hasDeadline && Date.now() >= limit));
  // The library announces the deadline, too, as a cancellation.
  const events: EventEmitter = call;
  if (call.cancelled) end();
  else events.once('cancelled', end);
  return {
    context: {
      signal: abort.signal,
      traceparent: traceparentOf(call.metadata),
      ...(hasDeadline && { deadline: new Date(limit) }),
      peer: call.getPeer(),
    },
    finish: () => events.off('cancelled', end),
  };
}

function endReason(late: boolean): PlatformError {
  return late
    ? new PlatformError('deadline_exceeded', "The caller's deadline has passed.")
    : new PlatformError('cancelled', 'The caller cancelled the call or went away.');
}

/** The status for what a handler threw; faults of the platform itself are logged, once, here. */
export function failureStatus(
  reception: Reception,
  call: ServerSurfaceCall,
  thrown: unknown,
): StatusObject {
  const error = PlatformError.from(thrown);
  if (error.code === 'internal') {
    const fields = { err: error.cause ?? error, method: call.getPath(), peer: call.getPeer() };
    reception.logger?.error(
      { ...fields, traceparent: traceparentOf(call.metadata) },
      'call failed',
    );
  }
  return statusFromError(error);
}
