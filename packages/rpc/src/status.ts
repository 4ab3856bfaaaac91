// PlatformError to gRPC status and back, without loss: what a status cannot say (retry, details)
// is in a trailer.
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import {
  type ErrorCode,
  errorCodes,
  type FieldError,
  PlatformError,
  type Retry,
} from '@pilotlight/contracts';

const statusOf: Record<ErrorCode, status> = {
  invalid_argument: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  permission_denied: status.PERMISSION_DENIED,
  unauthenticated: status.UNAUTHENTICATED,
  failed_precondition: status.FAILED_PRECONDITION,
  resource_exhausted: status.RESOURCE_EXHAUSTED,
  deadline_exceeded: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
  unavailable: status.UNAVAILABLE,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

/** For statuses that come without the trailer: from the library, a proxy, or another server. */
const codeOf: Record<status, ErrorCode> = {
  [status.OK]: 'internal',
  [status.CANCELLED]: 'cancelled',
  [status.UNKNOWN]: 'internal',
  [status.INVALID_ARGUMENT]: 'invalid_argument',
  [status.DEADLINE_EXCEEDED]: 'deadline_exceeded',
  [status.NOT_FOUND]: 'not_found',
  [status.ALREADY_EXISTS]: 'conflict',
  [status.PERMISSION_DENIED]: 'permission_denied',
  [status.RESOURCE_EXHAUSTED]: 'resource_exhausted',
  [status.FAILED_PRECONDITION]: 'failed_precondition',
  [status.ABORTED]: 'conflict',
  [status.OUT_OF_RANGE]: 'invalid_argument',
  [status.UNIMPLEMENTED]: 'unimplemented',
  [status.INTERNAL]: 'internal',
  [status.UNAVAILABLE]: 'unavailable',
  [status.DATA_LOSS]: 'internal',
  [status.UNAUTHENTICATED]: 'unauthenticated',
};

const trailerName = 'pilotlight-error-bin';

/** All trailers together must stay below the 8 KiB of headers that peers take by default. */
const maxMessageLength = 2_000;
const maxDetails = 16;
const maxProblemLength = 120;

/** What goes over the wire for an error. Long messages and long lists are cut. */
export function statusFromError(error: PlatformError): StatusObject {
  const metadata = new Metadata();
  const { code, retry } = error;
  const details = error.details.slice(0, maxDetails).map(({ field, problem }) => ({
    field: field.slice(0, maxProblemLength),
    problem: problem.slice(0, maxProblemLength),
  }));
  metadata.set(trailerName, Buffer.from(JSON.stringify({ code, retry, details })));
  // The library percent-encodes the message, and throws on half a surrogate pair.
  const message = error.message.slice(0, maxMessageLength).toWellFormed();
  return { code: statusOf[code], details: message, metadata };
}

/** The error that a call ended with, as it was thrown on the other side. */
export function errorFromStatus(failure: StatusObject): PlatformError {
  const sent = readTrailer(failure.metadata);
  const code = sent?.code ?? codeOf[failure.code] ?? 'internal';
  const retry = sent?.retry ?? retryWithoutTrailer(failure.code);
  return new PlatformError(code, failure.details, {
    ...(retry !== undefined && { retry }),
    details: sent?.details ?? [],
    cause: failure,
  });
}

/** Undefined: as usual for the code. The library itself refuses messages that are too large. */
function retryWithoutTrailer(code: status): Retry | undefined {
  return code === status.RESOURCE_EXHAUSTED ? { kind: 'never' } : undefined;
}

interface Trailer {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly details: readonly FieldError[];
}

/** Undefined for what is no trailer of ours. */
function readTrailer(metadata: Metadata): Trailer | undefined {
  const [bytes] = metadata.get(trailerName);
  if (!(bytes instanceof Buffer)) return undefined;
  const sent = parse(bytes);
  const code = errorCodes.find((known) => known === sent['code']);
  const retry = readRetry(sent['retry']);
  if (code === undefined || retry === undefined) return undefined;
  const details = Array.isArray(sent['details']) ? sent['details'].flatMap(readDetail) : [];
  return { code, retry, details };
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return record(JSON.parse(bytes.toString()));
  } catch {
    return {};
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function readRetry(value: unknown): Retry | undefined {
  const { kind, ms } = record(value);
  if (kind === 'never') return { kind };
  return kind === 'after' && typeof ms === 'number' ? { kind, ms } : undefined;
}

function readDetail(value: unknown): FieldError[] {
  const { field, problem } = record(value);
  return typeof field === 'string' && typeof problem === 'string' ? [{ field, problem }] : [];
}
