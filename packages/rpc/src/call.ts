// What one call carries beside its messages, seen from either end.
import type { ErrorCode } from '@pilotlight/contracts';

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
}

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
}

/** The part of a logger that a server needs. */
export interface FaultLog {
  error(fields: object, message: string): void;
}
