// A wait that an abort ends early. Paces attempts to reach a server that is away.

/** Resolves after `ms` milliseconds, or as soon as `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** Between attempts to go on after the `failures`th failure in a row: 20 ms to 1 s. */
export function retryDelayMs(failures: number): number {
  return Math.min(20 * 2 ** Math.min(failures, 10), 1_000);
}
