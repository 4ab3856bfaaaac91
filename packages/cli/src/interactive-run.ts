// `pilotlight run --interactive`: our standard input becomes the program's, Ctrl-C its SIGINT.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pilotlight, RunInput } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';
import { note } from './session.ts';

/** The largest piece that one call carries. */
const maxPieceBytes = 256 * 1024;

export interface Interaction {
  /** To be called with each status: nothing is passed on before the first. */
  begin(): void;
  /** To be called once the execution has ended. */
  end(): void;
}

/**
 * Passes on what comes, piece after piece and no faster than the program reads, from when it runs
 * until it ends. The first Ctrl-C interrupts the program, a second one cancels the execution, and a
 * third leaves it alone.
 */
export function interact(client: Pilotlight, executionId: string): Interaction {
  const over = new AbortController();
  const send = (input: RunInput) => sendWhenRunning(client, executionId, input, over.signal);
  const interrupts = [
    () => {
      note('Interrupted; once more to cancel it.');
      void send({ signal: 'SIGINT' });
    },
    () => {
      note('Cancelling; once more to leave it running.');
      client.cancel(executionId).catch((error: Error) => note(error.message));
      process.off('SIGINT', onInterrupt);
    },
  ];
  const onInterrupt = () => interrupts.shift()?.();
  process.on('SIGINT', onInterrupt);
  let begun = false;
  return {
    begin() {
      if (!begun) void feed(send);
      begun = true;
    },
    end() {
      over.abort();
      process.off('SIGINT', onInterrupt);
      // Or an open terminal would keep this process.
      process.stdin.destroy();
    },
  };
}

/** Until one piece cannot be sent. */
async function feed(send: (input: RunInput) => Promise<boolean>): Promise<void> {
  try {
    for await (const chunk of process.stdin) {
      const bytes: Uint8Array = chunk;
      for (let at = 0; at < bytes.length; at += maxPieceBytes) {
        if (!(await send({ data: bytes.subarray(at, at + maxPieceBytes) }))) return;
      }
    }
  } catch {
    // Destroyed at the end of the run.
    return;
  }
  await send({ closed: true });
}

/** Asks again while that makes sense. False where the program will never read it. */
async function sendWhenRunning(
  client: Pilotlight,
  executionId: string,
  input: RunInput,
  over: AbortSignal,
): Promise<boolean> {
  while (!over.aborted) {
    try {
      await client.sendInput(executionId, input, { signal: over });
      return true;
    } catch (thrown) {
      const { code, message, retry } = PlatformError.from(thrown);
      const isRefused = code === 'failed_precondition' || code === 'resource_exhausted';
      if (!isRefused || retry.kind === 'never') {
        // What is written to a program that has just ended is nobody's loss.
        if (!over.aborted && code !== 'failed_precondition') note(message);
        return false;
      }
      await pause(retry.ms, undefined, { signal: over }).catch(() => undefined);
    }
  }
  return false;
}
