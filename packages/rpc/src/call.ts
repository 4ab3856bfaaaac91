// What one call carries beside its messages, seen from either end.
import type { ErrorCode, Principal } from '@pilotlight/contracts';

/** A call as its handler sees it. */
export interface CallContext {
  /**
   * Aborts when the caller cancels, disconnects, or its deadline passes; its reason is the
   * `PlatformError` to throw. Hand it on to everything that waits.
   */
  readonly signal: AbortSignal;
  /** W3C trace context of the caller; a new one where it sent none or none that is valid. */
  readonly traceparent: string;
  /** When the caller stops waiting; undefined where it waits for ever. */
  readonly deadline?: Date;
  /** Network address of the caller, for logs. */
  readonly peer: string;
  /** Who calls; set on every server that authenticates its callers. */
  readonly principal?: Principal;
  /** A service calls in the principal's name. */
  readonly isActing?: boolean;
}

/** What a call says of its caller. */
export interface Credentials {
  /** An API key or a service's token: `x-api-key`, or `authorization: Bearer`. */
  readonly secret?: string;
  /** Of a service: hash of the API key of whom it acts for. */
  readonly actingFor?: string;
}

/** A caller that was let in. */
export interface Authenticated {
  readonly principal: Principal;
  /** Aborts, with the error to end the call with, when its key is revoked. */
  readonly revoked: AbortSignal;
  /** It is a service that calls in the principal's name, and has counted the call already. */
  readonly isActing?: boolean;
}

/** Throws `unauthenticated` for credentials that are none. Synchronous: it is in the path of every call. */
export type Authenticate = (credentials: Credentials) => Authenticated;

/** A call that a server has ended, well or not. */
export interface FinishedCall {
  /** The method's name in its definition, never what a caller sent. */
  readonly operation: string;
  /** What the caller got; where it went away first, `cancelled` or `deadline_exceeded`. */
  readonly status: 'ok' | ErrorCode;
  /** From the first message to the end; of a stream, for as long as it was open. */
  readonly seconds: number;
}

/** What a caller may say of one call. */
export interface CallOptions {
  /** Cancels the call, which then rejects with `cancelled`. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the call rejects with `deadline_exceeded`; the server is told. */
  readonly timeoutMs?: number;
  /** A deadline to keep, as handed down in a `CallContext`; the earlier of the two counts. */
  readonly deadline?: Date;
  readonly traceparent?: string;
  /** For services: in whose name the call is made. Needs a service's token. */
  readonly principal?: Principal;
}

/** The part of a logger that a server needs. */
export interface FaultLog {
  error(fields: object, message: string): void;
}
