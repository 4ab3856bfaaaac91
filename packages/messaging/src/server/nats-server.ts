// A private nats-server for this process: its own credentials, port and store.
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type BusUser, busUsers } from '@pilotlight/contracts';
import type { Credentials, Passwords } from './config.ts';
import { type ServerProcess, startProcess } from './process.ts';

export interface NatsServerOptions {
  /** Path of the program, or its name where it is on PATH. */
  readonly binary: string;
  /** Holds configuration, log and, under `jetstream/`, what is stored. Made if it is not there. */
  readonly directory: string;
  /** A free one where not given. */
  readonly port?: number;
}

/** A running server on the loopback address. All passwords are random, for its life. */
export interface NatsServer {
  readonly url: string;
  /** Of who may do everything. */
  readonly user: string;
  readonly password: string;
  /** Of one of the platform's users, who may do what the contracts' table says. */
  credentialsOf(user: BusUser): Credentials;
  readonly port: number;
  /** Changes with a restart. */
  readonly pid: number;
  /** Ends the process and waits for it; SIGTERM where not given. Idempotent. The store stays. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Stops it if it runs, and starts it with the same port, credentials and store. */
  restart(): Promise<void>;
  /** Called with the reason, in words, when the process ends without having been stopped. */
  onCrash(listener: (reason: string) => void): void;
}

/**
 * Resolves when the server takes connections; rejects `unavailable`, with the end of its log,
 * where it does not. It has a session of its own, so that Ctrl-C does not reach it, and is ended
 * when this process dies, however it dies.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const common = {
    binary: options.binary,
    directory: resolve(options.directory),
    operator: { user: `pilotlight-${randomBytes(4).toString('hex')}`, password: newPassword() },
    passwords: Object.fromEntries(busUsers.map((user) => [user, newPassword()])) as Passwords,
  };
  const crashListeners = new Set<(reason: string) => void>();
  const start = async (port: number): Promise<ServerProcess> => {
    const started = await startProcess({ ...common, port });
    void started.ended.then((reason) => {
      if (started.stopping) return;
      for (const listener of crashListeners) listener(reason);
    });
    return started;
  };

  let running = await start(options.port ?? -1);
  const { port } = running;
  return {
    ...common.operator,
    credentialsOf: (user) => ({ user, password: common.passwords[user] }),
    port,
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return running.pid;
    },
    stop: (signal = 'SIGTERM') => running.stop(signal),
    async restart() {
      await running.stop('SIGTERM');
      running = await start(port);
    },
    onCrash(listener) {
      crashListeners.add(listener);
    },
  };
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
