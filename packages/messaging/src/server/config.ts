// The configuration of a private nats-server: loopback only, one user, JetStream on disk.

export interface ServerSettings {
  /** -1 lets the server choose. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
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

/** The server reads JSON as its own configuration language. Holds the password: keep it private. */
export function serverConfig(settings: ServerSettings): string {
  return JSON.stringify(
    {
      host: '127.0.0.1',
      port: settings.port,
      ports_file_dir: settings.portsDirectory,
      log_file: settings.logFile,
      logfile_size_limit: 10 * mebibyte,
      max_payload: 8 * mebibyte,
      authorization: { user: settings.user, password: settings.password },
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
