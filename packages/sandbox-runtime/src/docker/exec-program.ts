// Runs another command in a living container. The engine can neither kill such a command nor tell
// `exit 137` from SIGKILL, so a few lines of shell around it say its process id and how it ended.
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type { Container } from 'dockerode';
import type { ExecCommand, ExecProgram, TerminalSize } from '../driver.ts';
import { killed } from '../exit-status.ts';
import { nextByte } from '../next-byte.ts';
import { sandboxUser } from './container-options.ts';
import { demultiplex } from './demultiplex.ts';
import { engineFault, engineStatus, tolerate } from './engine-error.ts';
import { terminalInput, terminalOutput } from './terminal.ts';

/**
 * As the shared init does it: the shell names the signal that killed its child on its own stderr,
 * which the child does not have (dash applies a simple command's redirections to itself). It has
 * handlers for signals to its group, so that it lives to report; its child begins without them.
 */
const reporter = `
nonce=$1 columns=$2 rows=$3; shift 3
if [ "$columns" != 0 ]; then stty columns "$columns" rows "$rows"; fi
echo $$
trap : HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 PIPE ALRM TERM XCPU XFSZ SYS
log=/job/.exec-$$
exec 4>&2 2>"$log"
( exec "$@" 2>&4 4>&- )
code=$?
kind=exit
if [ -s "$log" ] || [ $code = 130 ] || [ $code = 141 ]; then kind=signal; fi
rm -f "$log"
if [ "$columns" != 0 ]; then stty -opost 2>&-; fi
printf '\\000%s %s %s\\n' "$nonce" "$kind" "$code" >&4
exit $code`;

const noTerminal: TerminalSize = { columns: 0, rows: 0 };

/**
 * Starts the command and resolves once it is about to run. Rejects with `failed_precondition` when
 * the container has ended or is frozen.
 */
export async function startExec(container: Container, command: ExecCommand): Promise<ExecProgram> {
  const nonce = randomBytes(16).toString('hex');
  const { columns, rows } = command.tty ?? noTerminal;
  const hasTerminal = command.tty !== undefined;
  const env = { ...(hasTerminal && { TERM: 'xterm' }), ...command.env };
  const size = [String(columns), String(rows)];
  const { exec, socket } = await attachExec(container, {
    AttachStdin: true,
    Tty: hasTerminal,
    Cmd: ['/bin/sh', '-c', reporter, 'sh', nonce, ...size, ...command.argv],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: command.cwd ?? '/workspace',
  });
  const outputs = hasTerminal ? terminalOutput(socket, nonce) : demultiplex(socket, nonce);
  const { stdout, stderr, report, drain } = outputs;
  const processId = await readProcessId(stdout);
  const { promise: gone, resolve: setGone } = Promise.withResolvers<undefined>();
  // Orphans in other groups may hold the streams, so a kill need not end them.
  const exit = Promise.race([report, gone]).then((status) => status ?? killed);
  let ended = false;
  void exit.then(() => {
    ended = true;
  });
  const send = async (name: string, script: string) => {
    if (!ended) await runQuietly(container, ['/bin/sh', '-c', script, 'sh', processId, name]);
  };
  return {
    stdin: hasTerminal ? terminalInput(socket) : socket,
    ...{ stdout, stderr, exit },
    signal: (name) =>
      send(name.replace(/^SIG/, ''), hasTerminal ? signalForeground : signalOwnGroup),
    async resize(wanted) {
      if (hasTerminal && !ended) await tolerate(exec.resize({ w: wanted.columns, h: wanted.rows }));
    },
    async kill() {
      await send('KILL', hasTerminal ? signalSession : signalOwnGroup);
      setGone(undefined);
      drain();
    },
  };
}

/** Runs a command as the sandbox's user. Rejects with `failed_precondition` as `startExec` does. */
export async function attachExec(container: Container, options: Readonly<Record<string, unknown>>) {
  try {
    const exec = await container.exec({
      AttachStdout: true,
      AttachStderr: true,
      User: sandboxUser,
      ...options,
    });
    const stdin = options['AttachStdin'] === true;
    const socket = await exec.start({ hijack: true, stdin, Tty: options['Tty'] === true });
    return { exec, socket };
  } catch (error) {
    const status = engineStatus(error);
    if (status !== 404 && status !== 409) throw engineFault(error);
    throw new PlatformError('failed_precondition', 'The sandbox has ended or is paused.', {
      cause: error,
    });
  }
}

/** Where the engine cannot start the shell, for want of the folder say, its complaint comes instead. */
async function readProcessId(stdout: Readable): Promise<string> {
  const never = new AbortController().signal;
  let line = '';
  for (;;) {
    const character = await nextByte(stdout, never);
    if (character === undefined || character === '\n') break;
    line += character;
  }
  // A terminal ends lines with CR LF.
  if (/^\d+\r?$/.test(line)) return line.trimEnd();
  throw new PlatformError(
    'failed_precondition',
    `The command cannot start: ${line.trim() === '' ? 'the sandbox has ended.' : line.trim()}`,
  );
}

/** The command's shell leads its process group. */
const signalOwnGroup = 'kill -s "$2" -- "-$1" 2>/dev/null';

/** It leads its terminal's session, in which every job has a group. A name may hold anything. */
const signalSession = `
session=$1 signal=$2
for file in /proc/[0-9]*/stat; do
  read -r line <"$file" || continue
  set -- \${line##*) }
  if [ "$4" = "$session" ]; then kill -s "$signal" -- "-$3"; fi
done 2>/dev/null`;

/** Field 8 of its `stat` is the group in the foreground of its terminal; gVisor does not tell. */
const signalForeground = `
first=$1 signal=$2
set -- $(cat "/proc/$1/stat" 2>/dev/null)
if [ "\${8:-0}" -gt 0 ]; then
  kill -s "$signal" -- "-$8" 2>/dev/null
else
  set -- "$first" "$signal"
  ${signalSession}
fi`;

/** Runs a command to its end, whatever that is: the engine can signal no single process. */
export async function runQuietly(container: Container, argv: readonly string[]): Promise<void> {
  const { socket } = await attachExec(container, { Cmd: argv });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  socket.once('close', resolve);
  socket.on('error', () => socket.destroy());
  socket.resume();
  await done;
}
