// What the executor can be told.
import { randomInt } from 'node:crypto';
import { availableParallelism, homedir, hostname, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import {
  choice,
  flag,
  integer,
  loadConfig,
  nodeToken,
  optionalText,
  rpcAddress,
  serviceSettings,
  settings,
} from '@pilotlight/config';
import platform from '../../../package.json' with { type: 'json' };

/** Of this repository: all of its packages are released together. */
export const platformVersion = platform.version;

const mebibyte = 1024 * 1024;
const cores = availableParallelism();

/** A warm sandbox takes 10 to 50 MB; what is leased is bounded by its own limit. */
const slotsByMemory = Math.floor(totalmem() / (32 * mebibyte));

export const configSchema = settings({
  ...serviceSettings,
  rpcAddress: rpcAddress(),
  advertiseHost: optionalText({
    description: 'Host name by which schedulers reach this node; unless set, the one listened on.',
  }),
  nodeToken,
  node: optionalText({
    description:
      'Name of this node, unique in the cluster and the same after a restart; unless set, made of the host name.',
  }),
  stateDir: optionalText({
    description:
      'Folder for what drivers keep on disk while sandboxes live; unless set, one in the temporary folder.',
  }),
  cacheDir: optionalText({
    description:
      'Folder in which the oci driver keeps what templates install and build, for the next life and for all nodes of this host; unless set, pilotlight in XDG_CACHE_HOME, or .cache/pilotlight in the home folder.',
  }),
  driver: choice(['auto', 'oci', 'docker'], {
    description: 'How sandboxes are made; auto takes the best that works here.',
    default: 'auto',
  }),
  weakLimits: flag({
    description: 'Go on where no driver can enforce limits. Not for code that is not trusted.',
    default: false,
  }),
  ociRuntime: optionalText({
    description: 'OCI runtime to use; unless set, crun, else runc, from PATH.',
  }),
  gvisorRuntime: optionalText({
    description:
      "Path of gVisor's runsc for the oci driver, for templates that ask for it; unless set, from PATH.",
  }),
  toolchainPath: optionalText({
    description:
      'PATH on which the oci driver finds the runtime and the interpreters that it shows to sandboxes; unless set, the folder of this Node and those of the system.',
  }),
  dockerHost: optionalText({
    description: 'Docker engine, such as unix:///var/run/docker.sock, which is the default.',
  }),
  dockerRuntime: optionalText({
    description: 'Runtime of the Docker engine, such as runsc; unless set, its default.',
  }),
  runSlots: integer({
    description: 'Executions at once; unless set, 4 for each core.',
    default: 4 * cores,
    min: 1,
    max: 10_000,
  }),
  sandboxSlots: integer({
    description: 'Sandboxes of every kind at once; unless set, by memory, 64 to 200.',
    default: Math.max(64, Math.min(200, slotsByMemory)),
    min: 1,
    max: 10_000,
  }),
  maxConcurrentCreates: integer({
    description: 'Sandboxes being made at once; unless set, one for each core.',
    default: cores,
    min: 1,
    max: 1_000,
  }),
  uploadMb: integer({
    description:
      'Room in the state folder for uploads while they are checked, all together; the largest take 256.',
    default: 512,
    min: 1,
    max: 65_536,
  }),
  createTimeoutSeconds: integer({
    description: 'A sandbox that is not ready after so long has failed to start.',
    default: 60,
    min: 1,
    max: 3_600,
  }),
  drainSeconds: integer({
    description: 'When told to stop, executions may go on for so long.',
    default: 10,
    min: 0,
    max: 30,
  }),
});

/** What `loadConfig` makes of the schema. */
export type Config = ReturnType<typeof loadConfig<typeof configSchema>>;

/** A name in the characters that ids allow; the same for every start on this host. */
export function nodeName(configured: string | undefined, host = hostname()): string {
  const name = (configured ?? host).replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 32);
  return name.replaceAll(/^-+|-+$/g, '') || 'node';
}

/** Where a driver keeps its files. */
export function stateDirOf(configured: string | undefined, node: string): string {
  return configured ?? join(tmpdir(), `pilotlight-${node}`);
}

const desktop = settings({ cacheHome: optionalText({ description: 'Folder of caches.' }) });

/** Where a driver keeps what it does not want to make again. */
export function cacheDirOf(configured: string | undefined, home = homedir()): string {
  if (configured !== undefined) return configured;
  const { cacheHome } = loadConfig(desktop, { prefix: 'XDG_' });
  return join(cacheHome ?? join(home, '.cache'), 'pilotlight');
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** This Node comes first: it is there, and recent enough. */
export function toolchainPathOf(configured: string | undefined): string {
  return configured ?? `${dirname(process.execPath)}:${systemPath}`;
}

/** Eight random characters: everything of another incarnation of this node is a leftover. */
export function newIncarnation(): string {
  return Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('');
}

/** Where schedulers reach the server. */
export function advertised(
  host: string | undefined,
  server: { readonly address: string; readonly port: number },
): string {
  return host === undefined ? server.address : `${host}:${server.port}`;
}
