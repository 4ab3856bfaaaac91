// How reading this machine's files fails, for commands that send them.
import { PlatformError } from '@pilotlight/contracts';

/** What was asked for cannot be sent, with what to do instead. */
export function refused(message: string): PlatformError {
  return new PlatformError('invalid_argument', message);
}

/** What `read` resolves with. Rejects `not_found` with the reason where the file cannot be read. */
export async function found<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const { message } = cause as NodeJS.ErrnoException;
    throw new PlatformError('not_found', `${name} cannot be read: ${message}`, { cause });
  }
}
