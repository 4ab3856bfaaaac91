// One run of the nats-server program: started from its configuration file, ready when it has said
// on which port it listens, ended with its parent.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@pilotlight/contracts';
import { type ServerSettings, serverConfig } from './config.ts';

export interface ProcessOptions extends Pick<ServerSettings, 'operator' | 'passwords'> {
  readonly binary: string;
  /** Absolute: the server reads its paths from wherever it runs. */
  readonly directory: string;
  /** -1 lets the server choose. */
  readonly port: number;
}

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** Resolves with the reason, in words, when the process has ended. */
  readonly ended: Promise<string>;
  /** True once `stop` was called. */
  readonly stopping: boolean;
  /** Sends the signal and waits for the end. Idempotent. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** How long a start may take: a large store is read before the server answers. */
const startTimeoutMs = 30_000;
const lookEveryMs = 5;

/** Rejects `unavailable` with the end of the server's log where it does not come up. */
export async function startProcess(options: ProcessOptions): Promise<ServerProcess> {
  const { directory, port, operator, passwords } = options;
  const portsDirectory = join(directory, 'ports');
  const logFile = join(directory, 'nats-server.log');
  const configFile = join(directory, 'nats-server.conf');
  const settings = {
    ...{ port, operator, passwords },
    ...{ storeDirectory: directory, portsDirectory, logFile },
  };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await rm(portsDirectory, { recursive: true, force: true });
  await mkdir(portsDirectory);
  await writeFile(configFile, serverConfig(settings), { mode: 0o600 });

  const child = spawn(options.binary, ['-c', configFile], { stdio: 'ignore', detached: true });
  const exit = exitOf(child);
  const { pid } = child;
  if (pid === undefined) throw notStarted(await exit);
  const watchdog = endWithParent(pid);
  const ended = exit.finally(() => watchdog.kill('SIGKILL'));
  let stopping = false;
  const stop = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    stopping = true;
    child.kill(signal);
    await ended;
  };

  const looking = new AbortController();
  const started = await Promise.race([ended, listeningPort(portsDirectory, looking.signal)]);
  looking.abort();
  if (typeof started === 'number') {
    return {
      pid,
      port: started,
      ended,
      stop,
      get stopping() {
        return stopping;
      },
    };
  }
  await stop('SIGKILL');
  throw notStarted(`${started}; its log ends: ${await tail(logFile)}`);
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
}

/**
 * A shell that does nothing until our end of its stdin closes, which the kernel does when this
 * process is gone, and then ends the server.
 */
function endWithParent(pid: number): ChildProcess {
  return spawn('sh', ['-c', 'read _; kill "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}

/** Resolves with a sentence instead of a port when it takes too long. */
async function listeningPort(directory: string, signal: AbortSignal): Promise<number | string> {
  const deadline = performance.now() + startTimeoutMs;
  while (!signal.aborted && performance.now() < deadline) {
    const port = await readPort(directory);
    if (port !== undefined) return port;
    await delay(lookEveryMs);
  }
  return 'it does not answer';
}

/** The server writes `<program>_<pid>.ports` when it listens; the file may be seen half written. */
async function readPort(directory: string): Promise<number | undefined> {
  const file = (await readdir(directory)).find((name) => name.endsWith('.ports'));
  if (file === undefined) return undefined;
  const text = await readFile(join(directory, file), 'utf8');
  const address = /"nats:\/\/[^"]*:(\d+)"/.exec(text);
  return address === null ? undefined : Number(address[1]);
}

async function tail(file: string): Promise<string> {
  try {
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    return lines.slice(-5).join('\n');
  } catch (thrown) {
    return `(not readable: ${String(thrown)})`;
  }
}

function notStarted(reason: string): PlatformError {
  return new PlatformError('unavailable', `nats-server did not start: ${reason}`);
}
