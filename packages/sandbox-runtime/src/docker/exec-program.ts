// Runs another command in a living container. The engine can neither kill such a command nor tell
// `exit 137` from SIGKILL, so a few lines of shell around it say its process id and how it ended.
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type { Container } from 'dockerode';
import type { ExecCommand, ExecProgram } from '../driver.ts';
import { killed } from '../exit-status.ts';
import { nextByte } from '../next-byte.ts';
import { sandboxUser } from './container-options.ts';
import { demultiplex } from './demultiplex.ts';
import { engineFault, engineStatus } from './engine-error.ts';

/**
 * As the shared init does it: the shell names the signal that killed its child on its own stderr,
 * which the child does not have (dash applies a simple command's redirections to itself).
 */
const reporter = `
nonce=$1; shift
log=/job/.exec-$$
exec 4>&2 2>"$log"
echo $$
( exec "$@" 2>&4 4>&- )
code=$?
kind=exit
if [ -s "$log" ] || [ $code = 130 ] || [ $code = 141 ]; then kind=signal; fi
rm -f "$log"
printf '\\000%s %s %s\\n' "$nonce" "$kind" "$code" >&4
exit $code`;

/**
 * Starts the command and resolves once it is about to run. Rejects with `failed_precondition` when
 * the container has ended or is frozen.
 */
export async function startExec(container: Container, command: ExecCommand): Promise<ExecProgram> {
  const nonce = randomBytes(16).toString('hex');
  const socket = await attachExec(container, {
    AttachStdin: true,
    Cmd: ['sh', '-c', reporter, 'sh', nonce, ...command.argv],
    Env: Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${value}`),
    WorkingDir: command.cwd ?? '/workspace',
  });
  const { stdout, stderr, report, drain } = demultiplex(socket, nonce);
  const processId = await readProcessId(stdout);
  const { promise: gone, resolve: setGone } = Promise.withResolvers<undefined>();
  return {
    stdin: socket,
    stdout,
    stderr,
    // Orphans in other groups may hold the streams, so a kill need not end them.
    exit: Promise.race([report, gone]).then((status) => status ?? killed),
    async kill() {
      await killGroup(container, processId);
      setGone(undefined);
      drain();
    },
  };
}

async function attachExec(container: Container, options: Readonly<Record<string, unknown>>) {
  try {
    const exec = await container.exec({
      AttachStdout: true,
      AttachStderr: true,
      User: sandboxUser,
      ...options,
    });
    return await exec.start({ hijack: true, stdin: options['AttachStdin'] === true });
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
  if (/^\d+$/.test(line)) return line;
  throw new PlatformError(
    'failed_precondition',
    `The command cannot start: ${line.trim() === '' ? 'the sandbox has ended.' : line.trim()}`,
  );
}

/** The command's shell leads its process group. A second exec, because ours cannot be signalled. */
async function killGroup(container: Container, processId: string): Promise<void> {
  const socket = await attachExec(container, {
    Cmd: ['sh', '-c', 'kill -s KILL -- "-$1" 2>/dev/null', 'sh', processId],
  });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  socket.once('close', resolve);
  socket.on('error', () => socket.destroy());
  socket.resume();
  await done;
}
