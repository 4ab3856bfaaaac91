// A private nats-server for a test, on whichever versions this machine has.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NatsServer, startNatsServer as startIn } from '../server/nats-server.ts';

export interface TestServerOptions {
  /** The one on PATH, else the one that set-up installed, where not given. */
  readonly binary?: string;
  /** A temporary directory, removed by `stop`, where not given. */
  readonly storeDir?: string;
  readonly port?: number;
}

export interface TestServer extends NatsServer {
  readonly directory: string;
  /** Ends the process and removes its temporary directory. */
  dispose(): Promise<void>;
}

/** A server program that this machine has. */
export interface InstalledServer {
  /** As the program says it, such as `v2.9.10`. */
  readonly version: string;
  readonly binary: string;
}

const bySetup = fileURLToPath(new URL('../../../../.cache/bin/', import.meta.url));
const candidates = [
  'nats-server',
  '/usr/sbin/nats-server',
  '/usr/local/bin/nats-server',
  join(bySetup, 'nats-server'),
  join(bySetup, 'nats-server-packaged'),
];

/** One of each version, the one on PATH first, then those of set-up; empty where there is none. */
export function installedServers(): InstalledServer[] {
  const byVersion = new Map<string, InstalledServer>();
  for (const binary of candidates) {
    const asked = spawnSync(binary, ['--version'], { encoding: 'utf8' });
    const version = /v\d+\.\d+\.\d+\S*/.exec(asked.stdout ?? '')?.[0];
    if (version !== undefined && !byVersion.has(version))
      byVersion.set(version, { version, binary });
  }
  return [...byVersion.values()];
}

/** Starts a server with JetStream. Throws one sentence where this machine has none. */
export async function startNatsServer(options: TestServerOptions = {}): Promise<TestServer> {
  const binary = options.binary ?? installedServers()[0]?.binary;
  if (binary === undefined) {
    throw new Error('There is no nats-server here; `node setup/nats-server.mjs` installs one.');
  }
  const temporary =
    options.storeDir === undefined ? await mkdtemp(join(tmpdir(), 'pilotlight-nats-')) : undefined;
  const directory = options.storeDir ?? temporary ?? '';
  const server = await startIn({
    binary,
    directory,
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  const dispose = async (): Promise<void> => {
    await server.stop('SIGKILL');
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  return {
    ...server,
    get pid() {
      return server.pid;
    },
    directory,
    dispose,
  };
}
