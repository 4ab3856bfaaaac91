// What the engine's refusals mean: its HTTP status is the only part of them to rely on.
import { PlatformError } from '@pilotlight/contracts';

/** The HTTP status that the engine answered with, or undefined when it did not answer. */
export function engineStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** Waits for `call`, for which an answer with one of these statuses is as good as success. */
export async function tolerate(call: Promise<unknown>, ...statuses: readonly number[]) {
  try {
    await call;
  } catch (error) {
    const status = engineStatus(error);
    if (status === undefined || !statuses.includes(status)) throw engineFault(error);
  }
}

/** `unavailable` when the engine does not answer, `internal` when it refuses. */
export function engineFault(error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  const message = error instanceof Error ? error.message.trim() : String(error);
  return engineStatus(error) === undefined
    ? new PlatformError('unavailable', `The Docker engine does not answer: ${message}`, {
        cause: error,
      })
    : new PlatformError('internal', `The Docker engine refused: ${message}`, { cause: error });
}
