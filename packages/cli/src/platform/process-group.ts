// One child process in a process group of its own, whose standard input tells it that its parent
// lives: it reaches its end when the parent dies, however that happens.
import { spawn } from 'node:child_process';
import { inheritedEnvironment } from '@pilotlight/config';
import type { Cancel, Clock } from '@pilotlight/lifecycle';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the inherited environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** How a process ended; `error` where it could not be started. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

export interface RunningProcess {
  /** Of the process itself and of its group. */
  readonly pid: number;
  /** Settles when the process has ended. Never rejects. */
  readonly exit: Promise<ProcessExit>;
  /** SIGTERM to the process, SIGKILL to its whole group after `graceMs`. Idempotent. */
  stop(graceMs: number): Promise<ProcessExit>;
  /** SIGKILL to the whole group. */
  kill(): void;
}

/** Starts a process that writes both its streams to an open file. */
export function startInGroup(command: Command, logFile: number, clock: Clock): RunningProcess {
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: { ...inheritedEnvironment(), ...command.env },
    detached: true,
    stdio: ['pipe', logFile, logFile],
  });
  child.stdin?.on('error', ignoreClosedPipe);
  const exit = new Promise<ProcessExit>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const pid = child.pid ?? 0;
  const kill = () => signalGroup(pid, 'SIGKILL');
  return {
    pid,
    exit,
    kill,
    async stop(graceMs) {
      child.kill('SIGTERM');
      const cancel: Cancel = clock.after(graceMs, kill);
      const ended = await exit;
      cancel();
      kill();
      return ended;
    },
  };
}

/** The child is gone before its pipe: its exit says all there is to say. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
