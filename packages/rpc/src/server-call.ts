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
import type { Authenticate, Authenticated, CallContext, FaultLog, FinishedCall } from './call.ts';
import { credentialsOf, traceparentOf } from './metadata.ts';
import { statusFromError } from './status.ts';

/** The library's call, of whichever shape. */
export type ServerSurfaceCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerReadableStream<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** What a server does with every call, whatever its method. */
export interface Reception {
  /** Undefined: no token is needed. */
  readonly hasToken?: (metadata: Metadata) => boolean;
  /** Undefined: nobody is asked who they are. */
  readonly authenticate?: Authenticate;
  /** Who acts for others must be on a connection with a certificate that the CA signed. */
  readonly actorsNeedCertificate?: boolean;
  readonly logger?: FaultLog;
  readonly onCall?: (call: FinishedCall) => void;
}

/** A call in progress. */
export interface ServerCall {
  readonly context: CallContext;
  /** Throws where the call was not let in; to be called before the handler. */
  admit(): void;
  /** The status for what the handler threw; faults of the platform itself are logged, once, here. */
  fail(thrown: unknown): StatusObject;
  /** Whether nobody is left to tell how it ended: it was cancelled, or is too late. Not so where a key was revoked. */
  isGone(): boolean;
  /** To be called when the handler is done: its signal then stays as it is. */
  finish(): void;
}

/** Throws what the call ends with where it is not let in. */
function admit(reception: Reception, call: ServerSurfaceCall): Authenticated | undefined {
  if (reception.hasToken?.(call.metadata) === false) {
    throw new PlatformError('unauthenticated', 'This call needs the right bearer token.');
  }
  if (reception.authenticate === undefined) return undefined;
  const credentials = credentialsOf(call.metadata);
  if (credentials.actingFor !== undefined && reception.actorsNeedCertificate === true) {
    needCertificate(call);
  }
  return reception.authenticate(credentials);
}

/** The library says who the other end is only where the certificate holds. */
function needCertificate(call: ServerSurfaceCall): void {
  if (call.getAuthContext().sslPeerCertificate !== undefined) return;
  throw new PlatformError(
    'unauthenticated',
    'A service that acts for others must connect with a certificate that the CA of this server signed.',
  );
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
  let isGone = false;
  const end = () => {
    isGone = true;
    abort.abort(endReason(hasDeadline && Date.now() >= limit));
  };
  // The library announces the deadline, too, as a cancellation.
  const events: EventEmitter = call;
  if (call.cancelled) end();
  else events.once('cancelled', end);
  let failure: ErrorCode | undefined;
  const admission = admissionOf(reception, call);
  const { isActing, principal, revoked } = admission.authenticated ?? {};
  const endRevoked = () => abort.abort(revoked?.reason);
  revoked?.addEventListener('abort', endRevoked);
  return {
    admit() {
      if (admission.refusal !== undefined) throw admission.refusal;
    },
    context: {
      signal: abort.signal,
      ...(principal !== undefined && { principal }),
      ...(isActing !== undefined && { isActing }),
      traceparent: traceparentOf(call.metadata),
      ...(hasDeadline && { deadline: new Date(limit) }),
      peer: call.getPeer(),
    },
    fail(thrown) {
      const error = PlatformError.from(thrown);
      failure = error.code;
      return failureStatus(reception, call, error);
    },
    isGone: () => isGone,
    finish() {
      events.off('cancelled', end);
      revoked?.removeEventListener('abort', endRevoked);
      const gone = abort.signal.aborted ? PlatformError.from(abort.signal.reason).code : undefined;
      const seconds = (performance.now() - begunAtMs) / 1_000;
      reception.onCall?.({ operation, status: gone ?? failure ?? 'ok', seconds });
    },
  };
}

/** Refusals wait until the call has a context to fail in. */
function admissionOf(
  reception: Reception,
  call: ServerSurfaceCall,
): { readonly authenticated?: Authenticated; readonly refusal?: PlatformError } {
  try {
    const authenticated = admit(reception, call);
    return authenticated === undefined ? {} : { authenticated };
  } catch (thrown) {
    return { refusal: PlatformError.from(thrown) };
  }
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
