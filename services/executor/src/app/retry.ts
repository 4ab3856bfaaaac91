// Trying again for as long as the bus is away.
import { PlatformError } from '@pilotlight/contracts';
import { backoff, type Clock } from '@pilotlight/lifecycle';

/** Resolves after `ms` of the clock, or at once when the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * Repeats the work after a growing pause while its failure is one that may pass. Rejects with a
 * failure that will not pass, or with the last one once the signal has aborted.
 */
export async function untilDone<T>(
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const pauses = backoff({ minMs: 50, maxMs: 1_000 });
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      if (error.retry.kind === 'never' || signal.aborted) throw error;
      await pause(clock, pauses.next(), signal);
    }
  }
}
