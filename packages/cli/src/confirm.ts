// Questions to whoever is at the terminal.
import { createInterface } from 'node:readline/promises';
import type { ReadStream } from 'node:tty';
import { PlatformError } from '@pilotlight/contracts';

export interface Asked {
  readonly input: NodeJS.ReadableStream & Pick<Partial<ReadStream>, 'isTTY'>;
  readonly output: NodeJS.WritableStream;
}

/**
 * Only `y` and `yes` are a yes; the end of the input is a no. Throws `failed_precondition` where nobody
 * is at a terminal to be asked, saying which option answers instead.
 */
export async function confirmAt({ input, output }: Asked, question: string): Promise<boolean> {
  if (input.isTTY !== true) {
    const text = 'There is no terminal to ask at. Say --yes to apply without being asked.';
    throw new PlatformError('failed_precondition', text);
  }
  const lines = createInterface({ input, output });
  const ended = new AbortController();
  lines.once('close', () => ended.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: ended.signal });
    return /^\s*y(es)?\s*$/i.test(answer);
  } catch (thrown) {
    if (ended.signal.aborted) return false;
    throw thrown;
  } finally {
    lines.close();
  }
}
