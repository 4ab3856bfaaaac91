// What a caller sends to a running command: input, signals and the size of its terminal.
import { once } from 'node:events';
import type { ExecRequest } from '@pilotlight/contracts';
import type { ExecProgram, TerminalSize } from '@pilotlight/sandbox-runtime';
import { checkSignal, checkSize } from '../domain/exec-start.ts';
import type { Log } from './ports.ts';

export interface FeedOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Input taken ahead of what the command reads: a signal behind it must come through all the same. */
const aheadBytes = 1024 * 1024;

/**
 * Passes messages on until they end. No faster than the command reads, beyond what is taken ahead.
 * Rejects `invalid_argument` for a message that means nothing.
 */
export async function feedCommand(
  program: ExecProgram,
  messages: AsyncIterator<ExecRequest>,
  { signal, log }: FeedOptions,
): Promise<void> {
  const { stdin } = program;
  // A command that ends without reading everything is no fault.
  stdin.on('error', () => undefined);
  const resize = latestOnly((size) => program.resize(size), log);
  let isClosed = false;
  const close = () => {
    if (!isClosed) stdin.end();
    isClosed = true;
  };
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
    const { message } = next.value;
    switch (message?.$case) {
      case 'stdin':
        if (isClosed || stdin.destroyed) break;
        stdin.write(message.stdin);
        if (stdin.writableLength <= aheadBytes) break;
        await Promise.race([once(stdin, 'drain', { signal }), program.exit]);
        break;
      case 'stdinClosed':
        close();
        break;
      case 'signal':
        await program.signal(checkSignal(message.signal));
        break;
      case 'resize':
        resize(checkSize(message.resize));
        break;
      default:
        break;
    }
  }
  close();
}

/** A window that is being dragged changes its size faster than anybody can be told. */
function latestOnly(
  apply: (size: TerminalSize) => Promise<void>,
  log: Log,
): (size: TerminalSize) => void {
  let wanted: TerminalSize | undefined;
  let isBusy = false;
  const work = async () => {
    isBusy = true;
    while (wanted !== undefined) {
      const size = wanted;
      wanted = undefined;
      await apply(size).catch((err: unknown) => log.warn({ err }, 'a terminal keeps its size'));
    }
    isBusy = false;
  };
  return (size) => {
    wanted = size;
    if (!isBusy) void work();
  };
}
