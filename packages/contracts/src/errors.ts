// The one error that crosses a boundary, and the closed set of its codes. Expected outcomes are
// result unions, not errors; what user code does is an outcome, never a PlatformError.

/** Why a call failed. Each transport maps all of these in one exhaustive table. */
export const errorCodes = [
  /** The request is wrong; `details` names the fields. */
  'invalid_argument',
  'not_found',
  /** The same idempotency key with another request, or a write that lost a race. */
  'conflict',
  /** The lease token is missing, wrong or stale. */
  'permission_denied',
  /** The caller is not who it says, or says nothing. */
  'unauthenticated',
  /** The thing exists but is in a state that does not allow this. */
  'failed_precondition',
  /** A limit or a full queue; `retry` says when to come back. */
  'resource_exhausted',
  'deadline_exceeded',
  'cancelled',
  /** A part is missing, starting, draining or broken; another try may work. */
  'unavailable',
  /** This node or driver cannot do that at all; the message says why. */
  'unimplemented',
  /** A fault of the platform itself. */
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Whether asking again makes sense, and not before how many milliseconds. */
export type Retry = { readonly kind: 'never' } | { readonly kind: 'after'; readonly ms: number };

/** One thing wrong with one field, in words that say what to do. */
export interface FieldError {
  /** Path of the field as the caller wrote it, such as `files[2].path`. */
  readonly field: string;
  readonly problem: string;
}

export interface PlatformErrorOptions {
  readonly retry?: Retry;
  readonly details?: readonly FieldError[];
  readonly cause?: unknown;
}

const retryByDefault: Record<ErrorCode, Retry> = {
  invalid_argument: { kind: 'never' },
  not_found: { kind: 'never' },
  conflict: { kind: 'never' },
  permission_denied: { kind: 'never' },
  unauthenticated: { kind: 'never' },
  failed_precondition: { kind: 'never' },
  resource_exhausted: { kind: 'after', ms: 1_000 },
  deadline_exceeded: { kind: 'after', ms: 0 },
  cancelled: { kind: 'never' },
  unavailable: { kind: 'after', ms: 500 },
  unimplemented: { kind: 'never' },
  internal: { kind: 'after', ms: 1_000 },
};

/** An infrastructure fault or a refused call. Its message may be shown to the caller. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly details: readonly FieldError[];

  constructor(code: ErrorCode, message: string, options: PlatformErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? retryByDefault[code];
    this.details = options.details ?? [];
  }

  /** Coerces anything thrown, once, at the boundary where it is caught. */
  static from(thrown: unknown): PlatformError {
    if (thrown instanceof PlatformError) return thrown;
    if (thrown instanceof Error && thrown.name === 'AbortError') {
      return new PlatformError('cancelled', 'The call was cancelled.', { cause: thrown });
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new PlatformError('internal', message, { cause: thrown });
  }
}

/** `invalid_argument` for a list of field errors, with all of them in the message. */
export function invalidFields(details: readonly FieldError[]): PlatformError {
  const message = details.map((d) => (d.field === '' ? d.problem : `${d.field}: ${d.problem}`));
  return new PlatformError('invalid_argument', message.join('; '), { details });
}
