// A small shell that starts processes for the driver: forking the driver's own heap would block it for
// milliseconds each time. The shell reads commands from a pipe and dies when the pipe closes.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';

/** One word of a shell command, whatever is in it. */
export const shellQuote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

export interface SpawnerOptions {
  readonly directory: string;
  readonly searchPath: string;
  /** Mount points that nothing started here may see. */
  readonly hide: readonly string[];
  /** Hears what commands say on stderr. */
  readonly onNote: (text: string) => void;
}

/** Starts commands in a shell of its own. */
export class Spawner {
  readonly #shell: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers = new Map<number, PromiseWithResolvers<void>>();
  #next = 0;
  /** Rejects when the shell is gone, and with it the ability to start anything. */
  readonly failed: Promise<never>;

  constructor({ directory, searchPath, hide, onNote }: SpawnerOptions) {
    const hiding = hide.map((mount) => `umount ${shellQuote(mount)} && `).join('');
    const [program, args] =
      hide.length === 0
        ? ['/bin/sh', []]
        : ['unshare', ['--mount', '/bin/sh', '-c', `${hiding}exec /bin/sh`]];
    const shell = spawn(program, args, {
      cwd: directory,
      env: { PATH: searchPath },
      stdio: 'pipe',
    });
    this.#shell = shell;
    const failure = Promise.withResolvers<never>();
    this.failed = failure.promise;
    this.failed.catch(() => undefined);
    const fail = (cause?: unknown) => {
      const error = new PlatformError('internal', 'The process spawner has ended.', { cause });
      failure.reject(error);
      for (const answer of this.#answers.values()) answer.reject(error);
    };
    shell.once('error', fail);
    shell.once('exit', () => fail());
    shell.stdin.on('error', fail);
    shell.stderr.setEncoding('utf8').on('data', (text: string) => onNote(text.trim()));
    createInterface({ input: shell.stdout }).on('line', (line) => this.#settle(line));
  }

  /** Runs a command in the background; it is adopted by PID 1. */
  start(command: string): void {
    this.#shell.stdin.write(`( { ${command}\n} </dev/null >/dev/null & )\n`);
  }

  /** Runs a command and waits for it. Rejects unless it exits with 0. */
  finish(command: string): Promise<void> {
    const answer = Promise.withResolvers<void>();
    const id = this.#next++;
    this.#answers.set(id, answer);
    this.#shell.stdin.write(`{ ${command}\n} </dev/null >/dev/null; echo "${id} $?"\n`);
    return answer.promise;
  }

  /** Ends the shell; commands in the background live on. Idempotent. */
  async close(): Promise<void> {
    const ended = this.failed.catch(() => undefined);
    this.#shell.stdin.end();
    await ended;
  }

  #settle(line: string): void {
    const [id, code] = line.split(' ').map(Number);
    const answer = this.#answers.get(id ?? -1);
    this.#answers.delete(id ?? -1);
    if (code === 0) answer?.resolve();
    else answer?.reject(new PlatformError('internal', `A start-up command failed with ${code}.`));
  }
}
