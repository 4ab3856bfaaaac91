// A user who talks to a program while it runs.
import { randomUUID } from 'node:crypto';
import {
  type Pilotlight,
  PlatformError,
  type RunInput,
  type RunOutcome,
  type RunRequest,
} from '@pilotlight/client';
import { until } from './until.ts';

export interface Conversation {
  readonly id: string;
  readonly outcome: Promise<RunOutcome>;
  /** What the program has written on stdout so far. */
  said(): string;
  /** Resolves when that contains `text`, as soon as it does. */
  hears(text: string): Promise<void>;
  /** Sends it, again while the program does not run yet. */
  send(input: RunInput): Promise<void>;
}

/** Begins an interactive run. */
export function converse(
  client: Pilotlight,
  request: Omit<RunRequest, 'userId' | 'interactive' | 'id'> & { readonly userId?: string },
): Conversation {
  const id = randomUUID();
  let said = '';
  let heard = Promise.withResolvers<void>();
  const outcome = client.run(
    { userId: 'ann', ...request, id, interactive: true },
    {
      onStdout(piece) {
        said += Buffer.from(piece).toString('latin1');
        heard.resolve();
        heard = Promise.withResolvers();
      },
    },
  );
  const over = outcome.then(
    () => true,
    () => true,
  );
  return {
    id,
    outcome,
    said: () => Buffer.from(said, 'latin1').toString(),
    async hears(text) {
      const wanted = Buffer.from(text).toString('latin1');
      while (!said.includes(wanted)) {
        const isOver = await Promise.race([heard.promise, over]);
        if (isOver && !said.includes(wanted)) throw new Error(`It ended, having said: ${said}`);
      }
    },
    send: (input) => sendWhenRunning(client, id, input),
  };
}

/** Asks again as long as the refusal says so. */
export async function sendWhenRunning(
  client: Pilotlight,
  id: string,
  input: RunInput,
): Promise<void> {
  await until(`${id} takes input`, async () => {
    try {
      await client.sendInput(id, input);
      return true;
    } catch (thrown) {
      const { code, retry } = PlatformError.from(thrown);
      const isEarly =
        code === 'not_found' || (code === 'failed_precondition' && retry.kind !== 'never');
      if (isEarly || code === 'unavailable') return false;
      throw thrown;
    }
  });
}
