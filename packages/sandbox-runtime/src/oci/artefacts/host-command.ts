// Commands that run on the host itself while artefacts are made: npm, apt, and what handles files.
import { spawn } from 'node:child_process';
import { PlatformError } from '@pilotlight/contracts';
import { hasCode } from '../cgroup-files.ts';
import { LastLines } from './last-lines.ts';

export interface HostCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Where the program is looked for, and what it gets as PATH. */
  readonly searchPath: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxOutputChars = 4 << 20;

/**
 * Runs a command with this process's environment to its end and resolves with its stdout. Rejects
 * with `unavailable` and the last lines of what it said, and then nothing of its group is left.
 */
export async function runOnHost(command: HostCommand): Promise<string> {
  const { argv, cwd, searchPath, timeoutMs, signal } = command;
  const [program = ''] = argv;
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  until.throwIfAborted();
  const child = spawn('/usr/bin/env', [`PATH=${searchPath}`, 'LC_ALL=C', ...argv], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = new LastLines();
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < maxOutputChars) output += text;
    said.add(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.add(text));
  const killGroup = () => killProcessGroup(child.pid);
  until.addEventListener('abort', killGroup);
  const code = await exitOf(child).finally(() => until.removeEventListener('abort', killGroup));
  if (code === 0) return output;
  signal.throwIfAborted();
  if (until.aborted) throw failure(`${program} took longer than ${timeoutMs / 1_000} s`, said);
  // What `env` says of a program that it does not find.
  if (code === 127) throw new PlatformError('unavailable', `${program} is not installed here.`);
  throw failure(`${program} failed`, said);
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  return promise;
}

const failure = (what: string, said: LastLines) =>
  new PlatformError('unavailable', `${what}: ${said.text() || 'it said nothing'}`);

function killProcessGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (thrown) {
    if (!hasCode(thrown, 'ESRCH')) throw thrown;
  }
}
