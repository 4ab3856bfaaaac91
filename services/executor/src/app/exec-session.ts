// Commands in leased sandboxes: streams both ways with backpressure, a terminal where it is wanted,
// signals, a timeout, a kill on cancel.
import { type ExecRequest, type ExecResponse, PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { ExecProgram, ExitStatus } from '@pilotlight/sandbox-runtime';
import { commandEnv } from '../domain/command-env.ts';
import { type CheckedStart, checkStart } from '../domain/exec-start.ts';
import { unlessAborted } from './abortable.ts';
import { feedCommand } from './exec-input.ts';
import type { LeaseCalls } from './lease-book.ts';
import { mergeOutput } from './merge-output.ts';
import type { Log } from './ports.ts';

export interface ExecOptions {
  readonly leases: LeaseCalls;
  readonly clock: Clock;
  readonly log: Log;
}

/** Orphans that hold a finished command's streams are waited for so long, from their last byte. */
const orphanGraceMs = 200;

/**
 * Runs the command that the first message names. The lease does not become idle while it runs.
 * Ends the command and its process group when the signal aborts or the consumer stops reading.
 */
export async function* runExec(
  options: ExecOptions,
  requests: AsyncIterable<ExecRequest>,
  signal: AbortSignal,
): AsyncGenerator<ExecResponse> {
  const messages = requests[Symbol.asyncIterator]();
  const first = await unlessAborted(messages.next(), signal);
  const start = checkStart(first.done === true ? undefined : first.value);
  const call = options.leases.begin(start.lease);
  try {
    const { argv, cwd, tty } = start;
    const env = commandEnv(call.lease, start);
    const program = await call.lease.sandbox.exec({ argv, env, cwd, ...(tty && { tty }) });
    yield* converse(options, { program, start, messages, signal });
  } finally {
    call.done();
  }
}

interface Conversation {
  readonly program: ExecProgram;
  readonly start: CheckedStart;
  readonly messages: AsyncIterator<ExecRequest>;
  readonly signal: AbortSignal;
}

async function* converse(
  { clock, log }: ExecOptions,
  { program, start, messages, signal }: Conversation,
): AsyncGenerator<ExecResponse> {
  let timedOut = false;
  let exit: ExitStatus | undefined;
  const exited = program.exit.then((status) => {
    exit = status;
  });
  const kill = () => {
    if (exit !== undefined) return;
    program.kill().catch((err: unknown) => log.warn({ err }, 'a command could not be killed'));
  };
  const cancelTimeout =
    start.timeoutSeconds === 0
      ? () => undefined
      : clock.after(start.timeoutSeconds * 1_000, () => {
          timedOut = true;
          kill();
        });
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => undefined);
  // Input that breaks off is the end of the call, which the signal tells too.
  feedCommand(program, messages, { signal, log }).catch((thrown: unknown) => {
    const error = PlatformError.from(thrown);
    if (error.code === 'invalid_argument') refused.reject(error);
    else program.stdin.destroy();
  });
  try {
    const { stdout, stderr } = program;
    const output = mergeOutput({ stdout, stderr, ended: exited, clock, graceMs: orphanGraceMs });
    yield* unlessRefused(output, refused.promise);
    await exited;
    signal.throwIfAborted();
    yield { message: { $case: 'exit', exit: exitOf(await program.exit, timedOut) } };
  } finally {
    cancelTimeout();
    signal.removeEventListener('abort', kill);
    kill();
    program.stdin.destroy();
  }
}

/** The command's output, until a message of its caller is refused. */
async function* unlessRefused(
  output: ReturnType<typeof mergeOutput>,
  refused: Promise<never>,
): AsyncGenerator<ExecResponse> {
  try {
    for (;;) {
      const next = await Promise.race([output.next(), refused]);
      if (next.done === true) return;
      const { stream, data } = next.value;
      yield {
        message:
          stream === 'stdout'
            ? { $case: 'stdout', stdout: data }
            : { $case: 'stderr', stderr: data },
      };
    }
  } finally {
    // Not waited for: it may be waiting for output itself, which ends with the command.
    output.return(undefined).catch(() => undefined);
  }
}

function exitOf(exit: ExitStatus, timedOut: boolean) {
  if (exit.kind === 'signalled') return { exitCode: -1, signal: exit.signal, timedOut };
  return { exitCode: timedOut ? -1 : exit.code, signal: '', timedOut };
}
