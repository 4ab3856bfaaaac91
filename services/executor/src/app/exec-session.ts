// Commands in leased sandboxes: streams both ways with backpressure, a timeout, a kill on cancel.
import { once } from 'node:events';
import {
  type ExecRequest,
  type ExecResponse,
  type ExecStart,
  invalidFields,
  PlatformError,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { ExecProgram, ExitStatus } from '@pilotlight/sandbox-runtime';
import type { HeldLease } from './lease-book.ts';
import type { Leases } from './leases.ts';
import { mergeOutput } from './merge-output.ts';
import type { Log } from './ports.ts';

export interface ExecOptions {
  readonly leases: Leases;
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
  const start = await firstStart(messages);
  const lease = options.leases.use(start.lease);
  checkStart(start, lease);
  lease.times.activeCalls += 1;
  try {
    const program = await lease.sandbox.exec({
      argv: start.argv,
      env: start.env,
      cwd: start.cwd === '' ? '/workspace' : start.cwd,
    });
    yield* converse(options, { program, start, messages, signal });
  } finally {
    lease.times.activeCalls -= 1;
    lease.times.lastUsedMs = options.clock.monotonicMs();
  }
}

interface Conversation {
  readonly program: ExecProgram;
  readonly start: ExecStart;
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
  // Input that breaks off is the end of the call, which the signal tells too.
  feed(program, messages, signal).catch(() => program.stdin.destroy());
  try {
    const { stdout, stderr } = program;
    const output = mergeOutput({ stdout, stderr, ended: exited, clock, graceMs: orphanGraceMs });
    for await (const { stream, data } of output) {
      yield {
        message:
          stream === 'stdout'
            ? { $case: 'stdout', stdout: data }
            : { $case: 'stderr', stderr: data },
      };
    }
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

async function firstStart(messages: AsyncIterator<ExecRequest>): Promise<ExecStart> {
  const first = await messages.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.$case === 'start') return message.start;
  throw invalidFields([{ field: 'start', problem: 'must be the first message' }]);
}

function checkStart(start: ExecStart, lease: HeldLease): void {
  const problems = [
    ...(start.argv.length === 0 ? [{ field: 'argv', problem: 'must not be empty' }] : []),
    ...(start.argv.some((arg) => arg.includes('\0'))
      ? [{ field: 'argv', problem: 'must not contain NUL' }]
      : []),
    ...(start.cwd !== '' && !start.cwd.startsWith('/')
      ? [{ field: 'cwd', problem: 'must be absolute' }]
      : []),
    ...(start.timeoutSeconds < 0
      ? [{ field: 'timeout_seconds', problem: 'must not be negative' }]
      : []),
  ];
  if (problems.length > 0) throw invalidFields(problems);
  if (lease.record.state === 'paused') {
    throw new PlatformError('failed_precondition', 'the sandbox is paused: resume it first');
  }
}

/** Writes what comes to the command's input, no faster than the command reads. */
async function feed(
  program: ExecProgram,
  messages: AsyncIterator<ExecRequest>,
  signal: AbortSignal,
): Promise<void> {
  const { stdin } = program;
  // A command that ends without reading everything is no fault.
  stdin.on('error', () => undefined);
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
    const { message } = next.value;
    if (message?.$case === 'stdinClosed') break;
    if (message?.$case !== 'stdin' || stdin.destroyed) continue;
    if (!stdin.write(message.stdin))
      await Promise.race([once(stdin, 'drain', { signal }), program.exit]);
  }
  stdin.end();
}

function exitOf(exit: ExitStatus, timedOut: boolean) {
  if (exit.kind === 'signalled') return { exitCode: -1, signal: exit.signal, timedOut };
  return { exitCode: timedOut ? -1 : exit.code, signal: '', timedOut };
}
