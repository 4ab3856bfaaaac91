// Commands in a leased sandbox: running ones with their streams, and whole ones with their outcome.
import { PassThrough, type Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import {
  type ExecRequest,
  type ExecResponse,
  ExecStart,
  type LeaseRef,
  PlatformError,
  type TerminalSize,
} from '@pilotlight/contracts';
import { Captured, type OutputListeners } from './captured.ts';
import { Outbox } from './outbox.ts';
import { split } from './pieces.ts';
import type { Content } from './request.ts';
import type { SandboxRpc } from './sandbox-rpc.ts';

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Absolute; default /workspace. */
  readonly cwd?: string;
  /** Kills the command after so long; default as long as the lease lives. */
  readonly timeoutSeconds?: number;
  /** Gives the command a terminal of this size: all that it writes comes as stdout, with control codes. */
  readonly tty?: TerminalSize;
  /** Aborting kills the command and its process group; `exit` then rejects with `cancelled`. */
  readonly signal?: AbortSignal;
}

export interface ExecOptions extends StartOptions, OutputListeners {
  /** Sent as it comes, then closed; default none. */
  readonly stdin?: Content | AsyncIterable<Uint8Array>;
}

/** How a command ended. A command that fails is an outcome, not an error. */
export interface CommandExit {
  /** 0 to 255, or -1 where a signal or the timeout ended it. */
  readonly exitCode: number;
  readonly signal?: string;
  readonly timedOut: boolean;
}

export interface ExecOutcome extends CommandExit {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A command that may still run. Both outputs must be read, or `resume()`d: it waits where they are full.
 * They fail with what `exit` rejects with.
 */
export interface RunningCommand {
  /** Ending it is the end of the command's input. Closed when the command is over. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles after all output has been received. Rejects with a `PlatformError`. */
  readonly exit: Promise<CommandExit>;
  /** To the command's process group, such as `SIGINT`. Nothing happens once it is over. */
  signal(name: NodeJS.Signals): void;
  /** The terminal has another size now. */
  resize(size: TerminalSize): void;
}

/** Starts a command. A refused one is told by `exit`. */
export function startCommand(
  rpc: SandboxRpc,
  lease: LeaseRef,
  argv: readonly string[],
  options: StartOptions = {},
): RunningCommand {
  const outbox = new Outbox<ExecRequest>();
  const send = (message: NonNullable<ExecRequest['message']>, onTaken?: () => void) =>
    outbox.put({ message }, onTaken);
  send({ $case: 'start', start: startOf(lease, argv, options) });
  const stdin = new Writable({
    write(piece: Uint8Array, _, done) {
      const parts = [...split(piece)];
      const last = parts.pop() ?? piece;
      for (const stdin of parts) send({ $case: 'stdin', stdin });
      send({ $case: 'stdin', stdin: last }, done);
    },
    final: (done) => send({ $case: 'stdinClosed', stdinClosed: true }, done),
  });
  const output = { stdout: new PassThrough(), stderr: new PassThrough() };
  // Who does not listen here is told by `exit`.
  for (const stream of [stdin, output.stdout, output.stderr]) stream.on('error', () => undefined);
  const { signal } = options;
  // Or a command that waits for its reader would not be seen to end.
  const cancel = () => breakOff(output, cancelled(signal?.reason));
  signal?.addEventListener('abort', cancel, { once: true });
  const exit = follow(rpc.exec(outbox, signal ? { signal } : {}), output).finally(() => {
    signal?.removeEventListener('abort', cancel);
    outbox.end();
    stdin.destroy();
  });
  // And who listens to the streams alone is told by them.
  exit.catch(() => undefined);
  return {
    stdin,
    ...output,
    exit,
    signal: (name) => send({ $case: 'signal', signal: name }),
    resize: (size) => send({ $case: 'resize', resize: size }),
  };
}

/** Runs a command to its end. Rejects with a `PlatformError`, or with what its input failed with. */
export async function exec(
  rpc: SandboxRpc,
  lease: LeaseRef,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecOutcome> {
  const captured = new Captured(options);
  const broken = new AbortController();
  const signals = [broken.signal, ...(options.signal ? [options.signal] : [])];
  const command = startCommand(rpc, lease, argv, { ...options, signal: AbortSignal.any(signals) });
  const { stdin, stdout, stderr } = command;
  stdout.on('data', (piece: Uint8Array) => captured.add('stdout', piece));
  stderr.on('data', (piece: Uint8Array) => captured.add('stderr', piece));
  // Once the command is over nobody waits for its input any more: this abort then means nothing.
  feed(stdin, options.stdin).catch((thrown: unknown) => broken.abort(thrown));
  try {
    const [exit] = await Promise.all([command.exit, finished(stdout), finished(stderr)]);
    return { ...exit, stdout: captured.text('stdout'), stderr: captured.text('stderr') };
  } catch (thrown) {
    throw broken.signal.aborted ? broken.signal.reason : thrown;
  }
}

function startOf(lease: LeaseRef, argv: readonly string[], options: StartOptions): ExecStart {
  const { env, cwd, timeoutSeconds, tty } = options;
  return ExecStart.fromPartial({
    lease,
    argv: [...argv],
    env: { ...env },
    cwd: cwd ?? '',
    timeoutSeconds: timeoutSeconds ?? 0,
    ...(tty && { tty }),
  });
}

async function feed(stdin: Writable, source: ExecOptions['stdin']): Promise<void> {
  if (source === undefined) stdin.end();
  else if (typeof source === 'string' || source instanceof Uint8Array) stdin.end(source);
  else await pipeline(source, stdin);
}

type Output = Readonly<Record<'stdout' | 'stderr', PassThrough>>;

async function follow(
  responses: AsyncIterable<ExecResponse>,
  output: Output,
): Promise<CommandExit> {
  try {
    for await (const { message } of responses) {
      if (message?.$case === 'stdout') await pass(message.stdout, output.stdout);
      else if (message?.$case === 'stderr') await pass(message.stderr, output.stderr);
      else if (message?.$case === 'exit') {
        const { exitCode, signal, timedOut } = message.exit;
        for (const stream of [output.stdout, output.stderr]) stream.end();
        return { exitCode, ...(signal !== '' && { signal }), timedOut };
      }
    }
    throw new PlatformError('unavailable', 'The stream ended before the command did.');
  } catch (thrown) {
    const error = PlatformError.from(thrown);
    breakOff(output, error);
    throw error;
  }
}

function breakOff({ stdout, stderr }: Output, error: PlatformError): void {
  for (const stream of [stdout, stderr]) stream.destroy(error);
}

function cancelled(cause: unknown): PlatformError {
  if (cause instanceof PlatformError) return cause;
  return new PlatformError('cancelled', 'The command was cancelled by its caller.', { cause });
}

/** Waits where the reader is slow. A reader that has closed the stream wants no more of it. */
async function pass(piece: Uint8Array, stream: PassThrough): Promise<void> {
  if (stream.destroyed || stream.write(piece)) return;
  await new Promise<void>((resolve) => {
    const proceed = () => {
      stream.off('drain', proceed).off('close', proceed);
      resolve();
    };
    stream.on('drain', proceed).on('close', proceed);
  });
}
