// Streams of the gRPC library as async iterables, and back.
import { once } from 'node:events';
import { finished, type Readable, type Writable } from 'node:stream';

/**
 * What arrives, to the end. Leaving the loop leaves the stream as it is, and so does its failure: the
 * other half may go on. (The streams' own iterator destroys one that fails, with what is being written.)
 */
export async function* incoming<T>(stream: Readable): AsyncGenerator<T> {
  let end: { readonly error?: Error | null | undefined } | undefined;
  let wake = () => {};
  const look = () => wake();
  stream.on('readable', look);
  const stopWaiting = finished(stream, { writable: false }, (error) => {
    end = { error };
    wake();
  });
  try {
    for (;;) {
      const message: T | null = stream.destroyed ? null : stream.read();
      if (message !== null) yield message;
      else if (end === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (end.error) throw end.error;
      else return;
    }
  } finally {
    stream.off('readable', look);
    stopWaiting();
  }
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
