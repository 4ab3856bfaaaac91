// The one table from what the NATS client throws to a PlatformError: by class and error code,
// never by the text, which differs between server versions.
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/nats-core';
import { type ErrorCode, PlatformError } from '@pilotlight/contracts';

/** Error codes of JetStream's API (`err_code`), as the server's errors.json numbers them. */
export const apiCodes = {
  accountResourcesExceeded: 10002,
  systemNotAvailable: 10008,
  consumerNotFound: 10014,
  insufficientResources: 10023,
  memoryResourcesExceeded: 10028,
  noMessageFound: 10037,
  jetStreamNotEnabledForAccount: 10039,
  sequenceNotFound: 10043,
  storageResourcesExceeded: 10047,
  messageExceedsMaximum: 10054,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  jetStreamNotEnabled: 10076,
  /** The stream is full, or its disk is: the server gives no narrower code. */
  storeFailed: 10077,
  wrongLastSequenceUnknown: 10164,
} as const;

const codeByApiCode: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [apiCodes.accountResourcesExceeded, 'resource_exhausted'],
  [apiCodes.insufficientResources, 'resource_exhausted'],
  [apiCodes.memoryResourcesExceeded, 'resource_exhausted'],
  [apiCodes.storageResourcesExceeded, 'resource_exhausted'],
  [apiCodes.storeFailed, 'resource_exhausted'],
  [apiCodes.messageExceedsMaximum, 'invalid_argument'],
  [apiCodes.wrongLastSequence, 'conflict'],
  [apiCodes.wrongLastSequenceUnknown, 'conflict'],
  [apiCodes.systemNotAvailable, 'unavailable'],
  [apiCodes.streamNotFound, 'unavailable'],
  [apiCodes.consumerNotFound, 'unavailable'],
  [apiCodes.jetStreamNotEnabled, 'unavailable'],
  [apiCodes.jetStreamNotEnabledForAccount, 'unavailable'],
]);

/** The error code of JetStream's API that was thrown, or undefined for anything else. */
export function apiCodeOf(thrown: unknown): number | undefined {
  return thrown instanceof JetStreamApiError ? thrown.code : undefined;
}

/** Coerces what a NATS call threw. Total: what is not known is `internal`. */
export function platformErrorFrom(thrown: unknown): PlatformError {
  if (thrown instanceof PlatformError) return thrown;
  const denial = denialIn(thrown);
  if (denial !== undefined) return denied(denial);
  const code = codeOf(thrown);
  if (code === undefined) return PlatformError.from(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PlatformError(code, `The message bus refused: ${message}.`, { cause: thrown });
}

/** What the server says of a subject that a user may not use. */
export type Denial = InstanceType<typeof errors.PermissionViolationError>;

/** The refusal of a subject to this user that something thrown is about, or was caused by. */
export function denialIn(thrown: unknown): Denial | undefined {
  if (thrown instanceof errors.PermissionViolationError) return thrown;
  return thrown instanceof Error ? denialIn(thrown.cause) : undefined;
}

/** `permission_denied`, in words that name the subject. */
export function denied(denial: Denial): PlatformError {
  const verb = denial.operation === 'publish' ? 'publish on' : 'listen on';
  const message = `This user of the message bus may not ${verb} ${denial.subject}.`;
  return new PlatformError('permission_denied', message, { cause: denial });
}

/** `unavailable`, for a bus that is not connected. */
export function disconnected(): PlatformError {
  return new PlatformError('unavailable', 'The message bus is not connected.');
}

function codeOf(thrown: unknown): ErrorCode | undefined {
  if (thrown instanceof JetStreamApiError) {
    return codeByApiCode.get(thrown.code) ?? (thrown.status === 503 ? 'unavailable' : 'internal');
  }
  if (thrown instanceof errors.AuthorizationError) return 'unauthenticated';
  if (thrown instanceof errors.UserAuthenticationExpiredError) return 'unauthenticated';
  if (thrown instanceof errors.InvalidArgumentError) return 'invalid_argument';
  if (thrown instanceof errors.InvalidSubjectError) return 'invalid_argument';
  if (unavailableClasses.some((unavailable) => thrown instanceof unavailable)) return 'unavailable';
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined ? undefined : codeOf(cause);
}

const unavailableClasses = [
  errors.TimeoutError,
  errors.NoRespondersError,
  errors.RequestError,
  errors.ConnectionError,
  errors.ClosedConnectionError,
  errors.DrainingConnectionError,
] as const;
