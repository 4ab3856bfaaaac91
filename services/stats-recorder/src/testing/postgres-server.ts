// A PostgreSQL server of a test's own, from the distribution's package, in a temporary directory.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packages = '/usr/lib/postgresql';

export interface PostgresServer {
  readonly url: string;
  start(): Promise<void>;
  /** Ends the server as a crash would; its data stay. */
  kill(): Promise<void>;
  /** Ends the server and removes everything. */
  remove(): Promise<void>;
}

/** The programs of the newest installed version; undefined where there is none. */
export async function postgresPrograms(): Promise<string | undefined> {
  const versions = await readdir(packages).catch(() => []);
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(packages, newest, 'bin');
}

/** PostgreSQL refuses to run as root: then it runs as `nobody` does. */
export function runAs(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
}

export interface PostgresOptions {
  /** Whether a commit waits for the disk, as it does in earnest; not unless asked for. */
  readonly durable?: boolean;
}

export async function createPostgresServer(
  programs: string,
  { durable = false }: PostgresOptions = {},
): Promise<PostgresServer> {
  const base = await mkdtemp(join(tmpdir(), 'pilotlight-pg-'));
  const files = join(base, 'data');
  const { uid, gid } = runAs();
  await mkdir(files, { mode: 0o700 });
  if (uid !== undefined && gid !== undefined) {
    await chown(base, uid, gid);
    await chown(files, uid, gid);
  }
  const common = ['--no-sync', '--auth=trust', '--username=pilotlight', '--encoding=UTF8'];
  await run(join(programs, 'initdb'), ['-D', files, ...common], runAs());
  const port = await freePort();
  let server: ChildProcess | undefined;
  return {
    url: `postgres://pilotlight@127.0.0.1:${port}/postgres`,
    async start() {
      const settings = [
        `fsync=${durable ? 'on' : 'off'}`,
        'listen_addresses=127.0.0.1',
        `unix_socket_directories=${base}`,
      ];
      const flags = settings.flatMap((setting) => ['-c', setting]);
      server = spawn(join(programs, 'postgres'), ['-D', files, '-p', `${port}`, ...flags], {
        ...runAs(),
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await saidReady(server);
      server.stderr?.resume();
      await answers(port);
    },
    async kill() {
      await end(server, 'SIGQUIT');
      server = undefined;
    },
    async remove() {
      await end(server, 'SIGINT');
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function end(server: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (server === undefined || server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}

async function saidReady(server: ChildProcess): Promise<void> {
  let log = '';
  if (server.stderr === null) return;
  for await (const chunk of server.stderr.iterator({ destroyOnReturn: false })) {
    log += String(chunk);
    if (log.includes('ready to accept connections')) return;
  }
  throw new Error(`PostgreSQL did not start: ${log}`);
}

async function answers(port: number): Promise<void> {
  const socket = createConnection(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
