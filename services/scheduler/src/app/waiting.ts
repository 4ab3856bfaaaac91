// The few ways in which use cases wait: for a signal, for a time, for a change.
import { PlatformError } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';

/** Settles with `work`, or rejects with the signal's reason when that comes first. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reasonOf(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** True when `work` settled well within `ms`, false when not. Rejects as `work` does. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const cancel = clock.after(ms, () => resolve(false));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
  }
}

/** Waits `ms`; false when the signal aborted first. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (waited: boolean) => {
      cancel();
      signal.removeEventListener('abort', abort);
      resolve(waited);
    };
    const abort = () => settle(false);
    const cancel = clock.after(ms, () => settle(true));
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** Runs `task` every `ms` until the signal aborts. The next round waits for nobody. */
export function every(clock: Clock, ms: number, signal: AbortSignal, task: () => void): void {
  let cancel: Cancel = () => undefined;
  const arm = () => {
    cancel = clock.after(ms, () => {
      arm();
      task();
    });
  };
  if (signal.aborted) return;
  arm();
  signal.addEventListener('abort', () => cancel(), { once: true });
}

function reasonOf(signal: AbortSignal): PlatformError {
  return PlatformError.from(signal.reason);
}

/** Tells everybody who waits that something changed. */
export class Change {
  #next = Promise.withResolvers<void>();

  /** Resolves with the next `happened`. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  happened(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }
}
