// PlatformError to HTTP: seed 001's shape and codes, and the codes that it does not name.
import { type ErrorCode, PlatformError } from '@pilotlight/contracts';
import { Type } from 'typebox';

/** 499 is nginx's for a caller that went away; nobody is left to read it. */
const httpOf: Record<ErrorCode, { readonly status: number; readonly code: string }> = {
  invalid_argument: { status: 400, code: 'VALIDATION_ERROR' },
  not_found: { status: 404, code: 'NOT_FOUND' },
  conflict: { status: 409, code: 'CONFLICT' },
  permission_denied: { status: 403, code: 'PERMISSION_DENIED' },
  unauthenticated: { status: 401, code: 'AUTHENTICATION_ERROR' },
  failed_precondition: { status: 409, code: 'FAILED_PRECONDITION' },
  resource_exhausted: { status: 429, code: 'RATE_LIMIT_ERROR' },
  deadline_exceeded: { status: 504, code: 'DEADLINE_EXCEEDED' },
  cancelled: { status: 499, code: 'CANCELLED' },
  unavailable: { status: 503, code: 'UNAVAILABLE' },
  unimplemented: { status: 501, code: 'UNIMPLEMENTED' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
};

export const errorSchema = Type.Object(
  {
    detail: Type.String({ description: 'What is wrong and what to do about it, for people.' }),
    error_code: Type.String({ description: 'Such as VALIDATION_ERROR.' }),
    timestamp: Type.String({ format: 'date-time' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({ field: Type.String(), problem: Type.String() }, { title: 'FieldError' }),
      ),
    ),
  },
  { title: 'Error' },
);

export interface HttpError {
  readonly status: number;
  /** Whole seconds, at least 1; absent where another try makes no sense. */
  readonly retryAfter?: number;
  readonly body: {
    readonly detail: string;
    readonly error_code: string;
    readonly timestamp: string;
    readonly errors?: { field: string; problem: string }[];
  };
}

/** Faults of the platform itself say no more than that. */
export function httpErrorFrom(error: PlatformError, now: Date): HttpError {
  const { status, code } = httpOf[error.code];
  const { retry, details } = error;
  const isRetried = retry.kind === 'after' && [409, 429, 503].includes(status);
  return {
    status,
    ...(isRetried && { retryAfter: Math.max(1, Math.ceil(retry.ms / 1_000)) }),
    body: {
      detail: error.code === 'internal' ? 'Something went wrong in Pilotlight.' : error.message,
      error_code: code,
      timestamp: now.toISOString(),
      ...(details.length > 0 && { errors: [...details] }),
    },
  };
}

/** What is wrong with a request before any route sees it, in seed 001's shape. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const refusals: Readonly<Record<number, Omit<Refusal, 'status'>>> = {
  400: { code: 'VALIDATION_ERROR', detail: 'The request is no valid HTTP.' },
  405: { code: 'METHOD_NOT_ALLOWED', detail: 'This cannot be done here: see the Allow header.' },
  408: { code: 'REQUEST_TIMEOUT', detail: 'The request took too long to arrive.' },
  413: { code: 'PAYLOAD_TOO_LARGE', detail: 'The body is larger than this call takes.' },
  414: { code: 'URI_TOO_LONG', detail: 'The address is too long.' },
  415: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'The body must be JSON, with Content-Type: application/json.',
  },
  431: { code: 'HEADERS_TOO_LARGE', detail: 'There are too many headers, or they are too long.' },
};

/** Of the status alone; anything unknown is a bad request. */
export function refusal(status: number): Refusal {
  const known = refusals[status];
  if (known !== undefined) return { status, ...known };
  return { status, code: 'VALIDATION_ERROR', detail: 'The request cannot be understood.' };
}

export function refusalBody({ code, detail }: Refusal, now: Date): HttpError['body'] {
  return { detail, error_code: code, timestamp: now.toISOString() };
}

/** What Fastify itself refuses (a body too large, a wrong type, bad JSON); undefined for all else. */
export function refusalFrom(thrown: unknown): Refusal | undefined {
  if (thrown instanceof PlatformError || typeof thrown !== 'object' || thrown === null) {
    return undefined;
  }
  const status = 'statusCode' in thrown ? Number(thrown.statusCode) : 0;
  if (!(status >= 400 && status < 500)) return undefined;
  const code = 'code' in thrown ? thrown.code : undefined;
  const isJson = thrown instanceof SyntaxError || code === 'FST_ERR_CTP_INVALID_JSON_BODY';
  if (isJson) return { ...refusal(400), detail: 'The body is not JSON.' };
  return refusal(status);
}
