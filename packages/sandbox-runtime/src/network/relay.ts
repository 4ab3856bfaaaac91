// One port inside a sandbox, reachable from the host through a unix socket: a socat that lives in the
// sandbox's network namespace alone. Sockets with a path do not belong to a network namespace, so a
// connection costs a `connect` and a fork of socat (1 ms), not the start of a program (8 ms).
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import { lastWords } from './last-words.ts';
import { programPath } from './programs.ts';

/** How long the other direction stays open after one side has said that it is done. */
const lingerSeconds = 30;
/** At once; each is a process of ours, for which the sandbox does not pay. */
const maxConnections = 64;
/** Those too that linger. */
const maxProcesses = 2 * maxConnections;
const bufferBytes = 65_536;

/** Any address and 127.0.0.1, in both families, as the kernel's tables write them. */
const reachable = [
  '00000000',
  '0100007F',
  '00000000000000000000000000000000',
  '0000000000000000FFFF00000100007F',
];
/** TCP_LISTEN. */
const listening = '0A';

/** Whether /proc/net/tcp or tcp6 has a socket that answers at 127.0.0.1:port. */
export function hasListener(table: string, port: number): boolean {
  const number = port.toString(16).toUpperCase().padStart(4, '0');
  const wanted = reachable.map((address) => `${address}:${number}`);
  return table.split('\n').some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === listening && wanted.includes(local);
  });
}

/** A running socat for one port. */
export class Relay {
  readonly #process: ChildProcess;
  readonly #socket: string;
  readonly #port: number;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #isEnded = false;
  #connections = 0;

  /** Starts it in the namespace at `path`, listening at `socket`, which must not exist. */
  constructor(options: { readonly path: string; readonly port: number; readonly socket: string }) {
    const { path, port, socket } = options;
    this.#port = port;
    this.#socket = socket;
    // Its own backlog of 5 is full, and a connection refused, when a browser opens six at once.
    const accept = `fork,backlog=${maxConnections},max-children=${maxProcesses}`;
    const listen = `UNIX-LISTEN:${socket},mode=600,${accept}`;
    const relay = ['-d', '-d', `-t${lingerSeconds}`, `-b${bufferBytes}`, listen];
    const enter = ['--pdeathsig', 'KILL', programPath('nsenter'), `--net=${path}`];
    const command = [...enter, programPath('socat'), ...relay, `TCP4:127.0.0.1:${port}`];
    // A group of its own, so that its forks are found when it ends.
    this.#process = spawn(programPath('setpriv'), command, {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#follow();
  }

  /**
   * One connection. Rejects with `unavailable` where nobody listens, which is looked up, because
   * socat accepts before it knows.
   */
  async open(): Promise<Socket> {
    await this.#ready.promise;
    if (!this.#isListening()) {
      throw new PlatformError('unavailable', `Nothing listens on port ${this.#port} inside.`);
    }
    if (this.#connections >= maxConnections) {
      const message = `Port ${this.#port} has ${maxConnections} connections already.`;
      throw new PlatformError('resource_exhausted', message);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = connect(this.#socket);
    this.#connections++;
    socket.once('close', () => {
      this.#connections--;
    });
    const fail = (cause: Error) =>
      reject(new PlatformError('unavailable', 'The sandbox cannot be reached.', { cause }));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
    return promise;
  }

  /** Whether it is of no use any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Breaks all connections; resolves when the process is gone. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isEnded) this.#killGroup();
    await this.#ended.promise;
    rmSync(this.#socket, { force: true });
  }

  #follow(): void {
    const errors = this.#process.stderr as Readable;
    const said = lastWords(errors);
    const end = (cause?: unknown) => {
      this.#isEnded = true;
      this.#killGroup();
      const message = `The relay to port ${this.#port} ended: ${said()}`;
      this.#ready.reject(new PlatformError('unavailable', message, { cause }));
      this.#ended.resolve();
    };
    this.#ready.promise.catch(() => undefined);
    errors.on('data', (chunk: string) => {
      if (chunk.includes('listening on')) this.#ready.resolve();
    });
    this.#process.once('error', end);
    this.#process.once('exit', () => end());
  }

  #killGroup(): void {
    try {
      const { pid } = this.#process;
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // Neither it nor a connection of it is left.
    }
  }

  /** The process's own view of its network namespace is the sandbox's. */
  #isListening(): boolean {
    try {
      const table = (name: string) =>
        readFileSync(`/proc/${this.#process.pid}/net/${name}`, 'latin1');
      return hasListener(table('tcp'), this.#port) || hasListener(table('tcp6'), this.#port);
    } catch {
      // The process is gone, and with it the way to the port.
      return false;
    }
  }
}
