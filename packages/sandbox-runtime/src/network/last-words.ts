// What a program that should run for long says on stderr, kept small: whoever is inside may make it talk.
import type { Readable } from 'node:stream';

const maxChars = 1_000;

/** Reads the stream to its end; the answer is what came last so far, for error messages. */
export function lastWords(stream: Readable): () => string {
  let said = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    said = `${said}${chunk}`.slice(-maxChars);
  });
  return () => said.trim();
}
