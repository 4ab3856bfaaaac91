// Messages for tests, with what a test does not care about filled in.
import { OutputChunk } from '@pilotlight/contracts';

export function chunk(
  given: Partial<Omit<OutputChunk, 'data'>> & { readonly text: string },
): OutputChunk {
  const { text, ...rest } = given;
  return OutputChunk.create({
    sequence: 1,
    attempt: 1,
    stream: 'stdout',
    ...rest,
    data: Buffer.from(text),
  });
}
