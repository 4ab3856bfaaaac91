// Where the running platform answers: written by `up`, read by every other command. Holds the
// NATS password and an admin key, so only its owner may read it.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import * as v from 'valibot';

const fileName = 'endpoints.json';

const schema = v.object({
  /** Of the supervisor. */
  pid: v.number(),
  startedAt: v.string(),
  /** Of the gateway, such as http://127.0.0.1:8080. */
  http: v.string(),
  /** This machine's own admin key; the same at every start. */
  apiKey: v.string(),
  /** host:port of a scheduler. */
  grpc: v.string(),
  /** host:port of the pool-manager. */
  pools: v.string(),
  /** host:port of the stats-recorder. */
  stats: v.string(),
  /** Whom to trust, where gRPC goes with TLS. */
  tls: v.optional(v.object({ ca: v.string(), serverName: v.optional(v.string()) })),
  nats: v.object({ url: v.string(), user: v.string(), password: v.string() }),
  /** host:port of /metrics, /livez and /readyz by process name. */
  ops: v.record(v.string(), v.string()),
});

export type Endpoints = Readonly<v.InferOutput<typeof schema>>;

/** Replaces what was there, whole or not at all. */
export function writeEndpoints(dataDir: string, endpoints: Endpoints): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, fileName);
  writeFileSync(`${path}.new`, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeEndpoints(dataDir: string): void {
  rmSync(join(dataDir, fileName), { force: true });
}

/** Throws `unavailable`, saying what to do, where no platform runs with this directory. */
export function readEndpoints(dataDir: string): Endpoints {
  const text = readIfThere(join(dataDir, fileName));
  if (text === undefined) throw notRunning();
  const parsed = v.safeParse(schema, JSON.parse(text));
  if (!parsed.success || !isAlive(parsed.output.pid)) throw notRunning();
  return parsed.output;
}

function notRunning(): PlatformError {
  return new PlatformError(
    'unavailable',
    'No Pilotlight is running here. Start one with: npm start',
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
