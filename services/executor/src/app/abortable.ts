// Waiting for what may never come.

/** Settles as `work` does, or rejects with the signal's reason when that aborts first. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  // Whichever loses has nobody left to hear of it.
  for (const promise of [work, aborted]) promise.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The messages of a stream, until its end or until the signal aborts, which rejects with its reason. */
export async function* untilAborted<T>(
  messages: AsyncIterator<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  for (;;) {
    const next = await unlessAborted(messages.next(), signal);
    if (next.done === true) return;
    yield next.value;
  }
}
