// One command in a leased sandbox, from the gateway's end: what is sent, and what becomes of its output.
import type {
  ExecExit,
  ExecRequest,
  ExecResponse,
  ExecStart,
  OutputStreamName,
} from '@pilotlight/contracts';
import { type TextOrBase64, textOrBase64, wholeCharacters } from '../domain/bytes-json.ts';

/** Of each stream, what an answer holds; the rest of what a command writes is dropped. */
const maxCommandOutputBytes = 1024 * 1024;
const pieceBytes = 256 * 1024;

/** A command with all of its input. */
export async function* requestsOf(
  start: ExecStart,
  stdin: Uint8Array,
): AsyncGenerator<ExecRequest> {
  yield { message: { $case: 'start', start } };
  for (let at = 0; at < stdin.length; at += pieceBytes) {
    yield { message: { $case: 'stdin', stdin: stdin.subarray(at, at + pieceBytes) } };
  }
  yield { message: { $case: 'stdinClosed', stdinClosed: true } };
}

/** How a command ended and what it wrote. */
export interface CommandOutcome {
  readonly exit: ExecExit;
  readonly stdout: BoundedOutput;
  readonly stderr: BoundedOutput;
}

/** The first `maxCommandOutputBytes` of a stream. */
export class BoundedOutput {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isTruncated = false;

  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  add(piece: Uint8Array): void {
    const room = maxCommandOutputBytes - this.#bytes;
    if (piece.length > room) this.#isTruncated = true;
    const kept = piece.subarray(0, room);
    if (kept.length === 0) return;
    this.#pieces.push(kept);
    this.#bytes += kept.length;
  }

  /** Where it was cut, the rest of a character at its end is left out. */
  text(): TextOrBase64 {
    const all = Buffer.concat(this.#pieces);
    return textOrBase64(this.#isTruncated ? all.subarray(0, wholeCharacters(all)) : all);
  }
}

/** Reads a command to its end, also past the bound: it is not to be held up by a full pipe. */
export async function outcomeOf(responses: AsyncIterable<ExecResponse>): Promise<CommandOutcome> {
  const stdout = new BoundedOutput();
  const stderr = new BoundedOutput();
  for await (const { message } of responses) {
    if (message?.$case === 'stdout') stdout.add(message.stdout);
    else if (message?.$case === 'stderr') stderr.add(message.stderr);
    else if (message?.$case === 'exit') return { exit: message.exit, stdout, stderr };
  }
  throw new Error('The command ended without an exit.');
}

/** An exit as JSON. */
export function exitJson({ exitCode, signal, timedOut }: ExecExit) {
  return {
    exit_code: exitCode,
    signal: signal === '' ? null : signal,
    timed_out: timedOut,
  };
}

/**
 * What a command does as server-sent events: `output` for each piece, in which characters are whole, and
 * `exit` last; `error` where the call broke, which `explain` puts into words.
 */
export async function* commandEvents(
  responses: AsyncIterable<ExecResponse>,
  explain: (thrown: unknown) => object,
): AsyncGenerator<string> {
  const held: Record<OutputStreamName, Uint8Array> = {
    stdout: new Uint8Array(),
    stderr: new Uint8Array(),
  };
  function* output(stream: OutputStreamName, piece: Uint8Array, isLast = false) {
    const all = Buffer.concat([held[stream], piece]);
    const whole = isLast ? all.length : wholeCharacters(all);
    held[stream] = all.subarray(whole);
    if (whole === 0) return;
    const { text, encoding } = textOrBase64(all.subarray(0, whole));
    yield sseEvent('output', { stream, data: text, ...(encoding && { encoding }) });
  }
  // A comment: the status goes out with it, also where the command writes nothing for long.
  yield ': running\n\n';
  try {
    for await (const { message } of responses) {
      if (message?.$case === 'stdout') yield* output('stdout', message.stdout);
      else if (message?.$case === 'stderr') yield* output('stderr', message.stderr);
      else if (message?.$case === 'exit') {
        yield* output('stdout', new Uint8Array(), true);
        yield* output('stderr', new Uint8Array(), true);
        yield sseEvent('exit', exitJson(message.exit));
      }
    }
  } catch (thrown) {
    yield sseEvent('error', explain(thrown));
  }
}

/** One event of `text/event-stream`. JSON has no line breaks, so its data is one line. */
function sseEvent(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
