// Two or more streams as one, in the order in which their values arrive.

/**
 * Ends when all sources have ended, fails with the first that fails. Leaving the loop early ends
 * the sources as soon as they let go of the value that they are waiting for.
 */
export async function* merge<T>(...sources: AsyncIterable<T>[]): AsyncGenerator<T> {
  const waiting = new Map(
    sources.map((source) => {
      const iterator = source[Symbol.asyncIterator]();
      return [iterator, advance(iterator)] as const;
    }),
  );
  try {
    while (waiting.size > 0) {
      const { iterator, next } = await Promise.race(waiting.values());
      if (next.done) waiting.delete(iterator);
      else {
        waiting.set(iterator, advance(iterator));
        yield next.value;
      }
    }
  } finally {
    const endings = [...waiting.keys()].map((iterator) => iterator.return?.());
    void Promise.allSettled([...waiting.values(), ...endings]);
  }
}

async function advance<T>(iterator: AsyncIterator<T>) {
  return { iterator, next: await iterator.next() };
}
