// A real nats-server with a given configuration, on a free port.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ConfiguredServer extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
}

export interface ConfiguredOptions {
  readonly binary: string;
  readonly configFile: string;
  /** What the configuration names with `$NAME`, beside PILOTLIGHT_NATS_STORE_DIR, which is temporary. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Rejects with what the server said where it does not start. */
export async function startConfigured(options: ConfiguredOptions): Promise<ConfiguredServer> {
  const directory = await mkdtemp(join(tmpdir(), 'pilotlight-nats-'));
  const flags = ['-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', directory];
  const server = spawn(options.binary, ['-c', options.configFile, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PILOTLIGHT_NATS_STORE_DIR: directory, ...options.env },
  });
  const said: string[] = [];
  server.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const ended = once(server, 'exit');
  const started = await listening(server, directory);
  if (started === undefined) throw new Error(`nats-server did not start: ${said.join('')}`);
  return {
    address: started,
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

/** The server writes a file when it listens; undefined where it ended before. */
async function listening(server: ChildProcess, directory: string): Promise<string | undefined> {
  while (server.exitCode === null && server.signalCode === null) {
    const file = (await readdir(directory)).find((name) => name.endsWith('.ports'));
    const text = file === undefined ? '' : await readFile(join(directory, file), 'utf8');
    const found = /"(?:nats|tls):\/\/([^"]*:\d+)"/.exec(text)?.[1];
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return undefined;
}
