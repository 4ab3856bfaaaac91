// Streams of the gRPC library as async iterables, and back.
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** What arrives, to the end. Leaving the loop leaves the stream as it is: the other half may go on. */
export function incoming<T>(stream: Readable): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) };
}

/**
 * Writes messages as they come, and waits where the reader is slow. When the signal aborts it
 * closes the source and stops; a source that is busy then must notice by itself.
 */
export async function pump<T>(
  source: AsyncIterable<T>,
  sink: Writable,
  signal: AbortSignal,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  let closing: Promise<unknown> | undefined;
  const close = () => {
    closing = iterator.return?.();
  };
  signal.addEventListener('abort', close);
  try {
    for (;;) {
      const next = await iterator.next();
      if (next.done === true || signal.aborted) break;
      if (!sink.write(next.value)) await once(sink, 'drain', { signal });
    }
  } finally {
    signal.removeEventListener('abort', close);
    await closing;
  }
}
