// Several async sources read as one.

/**
 * Yields what comes, from whichever source, at most one item of each ahead of the reader. Ends when
 * the signal aborts or every source has ended; rejects as soon as one does. Sources are told to
 * return when the reader leaves, but not waited for: one may be waiting itself.
 */
export async function* merge<T>(
  sources: readonly AsyncGenerator<T>[],
  signal: AbortSignal,
): AsyncGenerator<T> {
  const ready: { readonly item: IteratorResult<T>; readonly source: AsyncGenerator<T> }[] = [];
  let failure: { readonly thrown: unknown } | undefined;
  let wake = Promise.withResolvers<void>();
  const pull = (source: AsyncGenerator<T>) => {
    source
      .next()
      .then(
        (item) => ready.push({ item, source }),
        (thrown: unknown) => {
          failure ??= { thrown };
        },
      )
      .finally(() => wake.resolve());
  };
  const abort = () => wake.resolve();
  signal.addEventListener('abort', abort, { once: true });
  try {
    let open = sources.length;
    for (const source of sources) pull(source);
    while (open > 0 && !signal.aborted) {
      const next = ready.shift();
      if (next === undefined) {
        if (failure !== undefined) throw failure.thrown;
        await wake.promise;
        wake = Promise.withResolvers<void>();
      } else if (next.item.done === true) open -= 1;
      else {
        yield next.item.value;
        pull(next.source);
      }
    }
  } finally {
    signal.removeEventListener('abort', abort);
    for (const source of sources) source.return(undefined).catch(() => undefined);
  }
}
