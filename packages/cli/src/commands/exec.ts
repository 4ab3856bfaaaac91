// pilotlight exec: a command in a leased sandbox, its streams connected to ours.
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import type { CommandExit, RunningCommand, SandboxHandle } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { exitCodeOfSignal } from '../exit-codes.ts';
import { type LeasedOptions, tokenOption, withLease } from '../leased.ts';
import { type NamedValues, namedValue } from '../named-values.ts';
import { wholeNumber } from '../numbers.ts';
import { note, printJson } from '../session.ts';
import { lendTerminal, sizeOf, terminalKind } from '../terminal.ts';

interface ExecOptions extends LeasedOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly env?: NamedValues;
  readonly cwd?: string;
  readonly timeout?: number;
}

const timedOutCode = 124;

const help = `
Examples:
  pilotlight exec sb_node_k3_1 -- ls -la
  pilotlight exec -t sb_node_k3_1 -- sh
  pilotlight exec sb_node_k3_1 --env NAME=Ada -- sh -c 'echo Hello, $NAME'
  tar c src | pilotlight exec -i sb_node_k3_1 -- tar x

With --tty every key goes to the command. Without it, Ctrl-C interrupts the command, and a second one
kills it.

Exit codes: the command's own; 128+n where signal n ended it; ${timedOutCode} past --timeout.`;

export function addExec(program: Command): void {
  program
    .command('exec')
    .description('Run a command in a sandbox that you acquired')
    .argument('<sandbox>', 'its id')
    .argument('<command...>', 'what to run, after --')
    .option(...tokenOption)
    .option('-i, --interactive', 'pass standard input on')
    .option('-t, --tty', 'give it a terminal, which is this one')
    .option('-e, --env <name=value>', 'a variable; may be repeated', namedValue)
    .option('-w, --cwd <path>', 'absolute; default /workspace')
    .option('--timeout <seconds>', 'kill it after so long', wholeNumber(1, 86_400))
    .option('--json', 'print exit code and output as one JSON object')
    .addHelpText('after', help)
    .action(async (sandboxId: string, argv: string[], _, command: Command) => {
      const options: ExecOptions = command.optsWithGlobals();
      checkTerminal(options);
      process.exitCode = await withLease(options, sandboxId, (sandbox) =>
        exec(sandbox, argv, options),
      );
    });
}

function checkTerminal({ tty, json }: ExecOptions): void {
  if (tty !== true) return;
  const problem = json
    ? '--tty shows what --json would collect: give one of them.'
    : process.stdin.isTTY
      ? undefined
      : 'There is no terminal here for --tty; pass standard input on with --interactive.';
  if (problem !== undefined) throw new PlatformError('invalid_argument', problem);
}

async function exec(
  sandbox: SandboxHandle,
  argv: readonly string[],
  options: ExecOptions,
): Promise<number> {
  const { env, cwd, timeout, tty, interactive } = options;
  const kill = new AbortController();
  const terminal = tty ? { input: process.stdin, output: process.stdout } : undefined;
  const command = sandbox.start(argv, {
    signal: kill.signal,
    env: { ...(terminal && { TERM: terminalKind() }), ...env },
    ...(cwd !== undefined && { cwd }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(terminal && { tty: sizeOf(terminal) }),
  });
  const release = [
    terminal ? lendTerminal(terminal, command) : interruptOnCtrlC(command, kill),
    killWithUs(kill),
  ];
  if (interactive || tty) process.stdin.pipe(command.stdin);
  else command.stdin.end();
  try {
    const exit = options.json ? await collect(command) : await show(command);
    return exitCodeOf(exit, timeout);
  } finally {
    for (const undo of release) undo();
    // Or an open terminal would keep this process.
    process.stdin.destroy();
  }
}

/** A command that catches the first Ctrl-C goes on until the second. */
function interruptOnCtrlC(command: RunningCommand, kill: AbortController): () => void {
  let isSecond = false;
  const interrupt = () => {
    if (isSecond) return kill.abort();
    isSecond = true;
    note('Interrupted; once more to kill it.');
    command.signal('SIGINT');
  };
  process.on('SIGINT', interrupt);
  return () => process.off('SIGINT', interrupt);
}

/** So that this process ends in order, with its terminal as it was. */
function killWithUs(kill: AbortController): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    kill.abort(new PlatformError('cancelled', `Ended by ${signal}.`));
  };
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal);
  return () => {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
  };
}

async function show(command: RunningCommand): Promise<CommandExit> {
  command.stdout.pipe(process.stdout, { end: false });
  command.stderr.pipe(process.stderr, { end: false });
  const { exit, stdout, stderr } = command;
  const [outcome] = await Promise.all([exit, finished(stdout), finished(stderr)]);
  return outcome;
}

async function collect(command: RunningCommand): Promise<CommandExit> {
  const { exit, stdout, stderr } = command;
  const [outcome, out, err] = await Promise.all([exit, text(stdout), text(stderr)]);
  const { exitCode, signal = '', timedOut } = outcome;
  printJson({ exit_code: exitCode, signal, timed_out: timedOut, stdout: out, stderr: err });
  return outcome;
}

function exitCodeOf({ exitCode, signal, timedOut }: CommandExit, timeout?: number): number {
  if (timedOut) {
    note(`Killed after ${timeout} s.`);
    return timedOutCode;
  }
  return signal === undefined ? exitCode : exitCodeOfSignal(signal);
}
