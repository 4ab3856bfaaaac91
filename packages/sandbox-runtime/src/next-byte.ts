// Reads the few bytes with which the init and the runner say how far they are, from a stream that is
// handed on afterwards with everything that follows.
import type { Readable } from 'node:stream';

/**
 * Takes one byte as a character, or undefined when the stream ends first. The rest stays in the
 * stream, which must have no other reader yet. Rejects with the signal's reason when it aborts.
 */
export async function nextByte(stream: Readable, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    signal.throwIfAborted();
    const byte: unknown = stream.read(1);
    if (byte instanceof Uint8Array) return String.fromCharCode(byte[0] ?? 0);
    if (stream.readableEnded || stream.destroyed) return undefined;
    await moreOrEnd(stream, signal);
  }
}

function moreOrEnd(stream: Readable, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['readable', 'end', 'close'] as const;
  const wake = () => resolve();
  for (const event of events) stream.once(event, wake);
  signal.addEventListener('abort', wake);
  return promise.finally(() => {
    signal.removeEventListener('abort', wake);
    for (const event of events) stream.off(event, wake);
  });
}
