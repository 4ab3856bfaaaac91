// The configuration of a private nats-server: loopback only, JetStream on disk, a user for each service
// and one for whoever runs it.
import { type BusUser, busUsers } from '@pilotlight/contracts';
import { permissionsOf } from './permissions.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Passwords of the platform's own users. */
export type Passwords = Readonly<Record<BusUser, string>>;

export interface ServerSettings {
  /** -1 lets the server choose. */
  readonly port: number;
  /** Who may do everything. */
  readonly operator: Credentials;
  readonly passwords: Passwords;
  readonly storeDirectory: string;
  readonly portsDirectory: string;
  readonly logFile: string;
}

const mebibyte = 1024 * 1024;

/**
 * Ceiling over all streams' `max_bytes`, which the server sets against it when a stream is made.
 * Not a reservation on disk; each stream has its own, smaller bound.
 */
const maxFileStoreBytes = 64 * 1024 * mebibyte;

/** The server reads JSON as its own configuration language. Holds passwords: keep it private. */
export function serverConfig(settings: ServerSettings): string {
  return JSON.stringify(
    {
      host: '127.0.0.1',
      port: settings.port,
      ports_file_dir: settings.portsDirectory,
      log_file: settings.logFile,
      logfile_size_limit: 10 * mebibyte,
      max_payload: 8 * mebibyte,
      authorization: { users: [settings.operator, ...usersOf(settings.passwords)] },
      jetstream: {
        store_dir: settings.storeDirectory,
        max_file_store: maxFileStoreBytes,
        max_memory_store: 256 * mebibyte,
      },
    },
    undefined,
    2,
  );
}

function usersOf(passwords: Passwords) {
  return busUsers.map((user) => ({
    user,
    password: passwords[user],
    permissions: permissionsOf(user),
  }));
}
