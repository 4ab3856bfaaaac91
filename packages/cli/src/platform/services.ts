// The one table of the processes that make up a platform on this machine: what each runs, where it
// listens and what it is told. The order is the order of starting, and stopping reverses it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TlsFiles } from '@pilotlight/config';
import type { NatsServer } from '@pilotlight/messaging/server';
import { currentBundle } from './bundle.mjs';
import { compileCacheOf } from './compile-cache.ts';
import type { Command } from './process-group.ts';
import type { StartReports } from './start-reports.ts';

export const serviceNames = [
  'stats-recorder',
  'metrics-collector',
  'pool-manager',
  'executor',
  'scheduler',
  'gateway',
] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceSettings {
  /** The checkout. */
  readonly root: string;
  readonly dataDir: string;
  readonly nats: Pick<NatsServer, 'url' | 'credentialsOf'>;
  /** Of every process; undefined: without TLS. */
  readonly tls?: TlsFiles | undefined;
  readonly nodeToken: string;
  readonly serviceToken: string;
  /** SHA-256 of this machine's own admin key, in hex. */
  readonly adminKeyHash: string;
  /** The first executor's name as a node; the others' have their number behind it. */
  readonly node: string;
  /** The first executor's; the others' have their number behind it. */
  readonly sandboxFolder: string;
  /** Where sandboxes get their interpreters from: the user's own, after this Node. */
  readonly toolchainPath: string;
  readonly driver: 'auto' | 'oci' | 'docker';
  readonly profile: 'embedded' | 'cluster';
  /** Undefined for all. */
  readonly templates?: readonly string[] | undefined;
  readonly weakLimits: boolean;
  readonly logLevel: string;
  /** Where services report how their own start went; undefined: they run without the analyzer. */
  readonly startReports?: Pick<StartReports, 'endpoint' | 'key'> | undefined;
  /** More settings for every process of a service; they win. */
  readonly env: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
}

/** One process of a service. */
export interface Instance {
  /** The service's name, from the second on with its number: `scheduler-2`. */
  readonly name: string;
  readonly service: ServiceName;
  /** host:port of its gRPC server; of the gateway, of HTTP. */
  readonly rpc: string;
  /** host:port of /metrics, /livez and /readyz. */
  readonly ops: string;
}

/** What tells an instance apart from the first one of its service: empty, `-2`, `-3`, … */
export function suffixOf({ name, service }: Instance): string {
  return name.slice(service.length);
}

/** How long each may take to stop: the executor finishes what runs, the database is flushed. */
const graceMs: Readonly<Record<ServiceName, number>> = {
  'stats-recorder': 10_000,
  'metrics-collector': 5_000,
  'pool-manager': 5_000,
  executor: 45_000,
  scheduler: 10_000,
  gateway: 10_000,
};

export function graceOf(service: ServiceName): number {
  return graceMs[service];
}

/**
 * The script that a service's own process runs, by which it is found in the process tree: its bundle, or its
 * sources where there is no bundle of what they are now.
 */
export function scriptOf(root: string, service: ServiceName): string {
  return currentBundle(root, service) ?? sourceOf(root, service);
}

/** The script of a service that is to be looked at module by module. */
export function sourceOf(root: string, service: ServiceName): string {
  return join(root, 'services', service, 'src/main.ts');
}

/** How an instance runs its script. Secrets go by the environment, never by the command line. */
export function commandOf(
  instance: Instance,
  script: string,
  settings: ServiceSettings,
  all: readonly Instance[],
): Command {
  const { root } = settings;
  const flags = [...flagsOf(instance.service), ...preloaded(settings)];
  const node = [process.execPath, ...flags, script];
  const [file = process.execPath, ...args] = [...aroundNode(instance.service, root), ...node];
  return { file, args, cwd: root, env: environmentOf(instance, settings, all) };
}

/** The analyzer before anything else, so that it sees everything load. */
function preloaded({ root, startReports }: ServiceSettings): readonly string[] {
  if (startReports === undefined) return [];
  const files = [
    'packages/analyzer/dist/register.js',
    'packages/cli/src/platform/report-start.mjs',
  ];
  return files.flatMap((file) => ['--import', pathToFileURL(join(root, file)).href]);
}

/** What only observes yields the cores to what somebody waits for. */
function aroundNode(service: ServiceName, root: string): readonly string[] {
  switch (service) {
    case 'executor':
      return ['sh', join(root, 'packages/sandbox-runtime/own-namespace.sh')];
    case 'stats-recorder':
    case 'metrics-collector':
      return ['nice', '-n', '10'];
    default:
      return [];
  }
}

/**
 * A service keeps little: a young generation of at most 3 MB saves 5 MB of each process. The gateway
 * makes garbage for many callers: more of it dies young there, and its heap grows by a fifth rather than to a
 * multiple between two collections, which takes a thousand watchers of executions from 110 MB to 35.
 */
export function flagsOf(service: ServiceName): readonly string[] {
  if (service === 'gateway') return ['--max-semi-space-size=4', '--heap-growing-percent=20'];
  return ['--max-semi-space-size=1'];
}

function environmentOf(
  instance: Instance,
  settings: ServiceSettings,
  all: readonly Instance[],
): Record<string, string> {
  const { nats, service } = { ...settings, service: instance.service };
  const { user, password } = nats.credentialsOf(service);
  return {
    NODE_COMPILE_CACHE: compileCacheOf(settings.root),
    PILOTLIGHT_SUPERVISED: 'true',
    PILOTLIGHT_NATS_URL: nats.url,
    PILOTLIGHT_NATS_USER: user,
    PILOTLIGHT_NATS_PASSWORD: password,
    PILOTLIGHT_LOG_LEVEL: settings.logLevel,
    PILOTLIGHT_OPS_ADDRESS: instance.ops,
    PILOTLIGHT_RPC_ADDRESS: instance.rpc,
    ...tlsFor(settings.tls),
    ...reportsTo(settings.startReports, service),
    ...specificTo(instance, settings, all),
    ...settings.env[service],
  };
}

function reportsTo(
  reports: ServiceSettings['startReports'],
  service: ServiceName,
): Record<string, string> {
  if (reports === undefined) return {};
  return {
    COLDSTART_ENDPOINT: reports.endpoint,
    COLDSTART_API_KEY: reports.key,
    COLDSTART_FUNCTION_NAME: `pilotlight-${service}`,
  };
}

function tlsFor(tls: TlsFiles | undefined): Record<string, string> {
  if (tls === undefined) return {};
  return {
    PILOTLIGHT_TLS_CERT: tls.cert,
    PILOTLIGHT_TLS_KEY: tls.key,
    PILOTLIGHT_TLS_CA: tls.ca,
    ...(tls.serverName !== undefined && { PILOTLIGHT_TLS_SERVER_NAME: tls.serverName }),
  };
}

function specificTo(
  instance: Instance,
  settings: ServiceSettings,
  all: readonly Instance[],
): Record<string, string> {
  const access = {
    PILOTLIGHT_SERVICE_TOKEN: settings.serviceToken,
    PILOTLIGHT_ADMIN_KEY_HASH: settings.adminKeyHash,
  };
  switch (instance.service) {
    case 'scheduler':
      return { ...access, PILOTLIGHT_NODE_TOKEN: settings.nodeToken };
    case 'gateway':
      return {
        ...access,
        PILOTLIGHT_HTTP_ADDRESS: instance.rpc,
        PILOTLIGHT_SCHEDULER_ADDRESS: addressesOf(all, 'scheduler'),
        PILOTLIGHT_POOL_ADDRESS: addressesOf(all, 'pool-manager'),
        PILOTLIGHT_STATS_ADDRESS: addressesOf(all, 'stats-recorder'),
        PILOTLIGHT_PAGES_DIR: join(settings.root, 'services/gateway/web/dist'),
        PILOTLIGHT_CACHE_DIR: join(settings.dataDir, 'cache'),
        ...cacheSizes[settings.profile],
      };
    case 'executor':
      return {
        PILOTLIGHT_NODE_TOKEN: settings.nodeToken,
        PILOTLIGHT_DRIVER: settings.driver,
        PILOTLIGHT_WEAK_LIMITS: String(settings.weakLimits),
        PILOTLIGHT_NODE: `${settings.node}${suffixOf(instance)}`,
        PILOTLIGHT_STATE_DIR: `${settings.sandboxFolder}${suffixOf(instance)}`,
        PILOTLIGHT_TOOLCHAIN_PATH: settings.toolchainPath,
      };
    case 'pool-manager':
      return {
        ...access,
        PILOTLIGHT_NODE_TOKEN: settings.nodeToken,
        PILOTLIGHT_PROFILE: settings.profile,
        PILOTLIGHT_TEMPLATES_DIR: join(settings.root, 'templates'),
        ...(settings.templates && { PILOTLIGHT_TEMPLATES: settings.templates.join(',') }),
      };
    case 'stats-recorder':
      return { ...access, PILOTLIGHT_DATABASE_DIR: join(settings.dataDir, 'database') };
    case 'metrics-collector':
      return {};
  }
}

/** MB. Of a cluster as seed 002 (section 1) says; on one small machine the gateway's own defaults. */
const cacheSizes: Readonly<Record<ServiceSettings['profile'], Readonly<Record<string, string>>>> = {
  embedded: {},
  cluster: { PILOTLIGHT_CACHE_MEMORY_MB: '1024', PILOTLIGHT_CACHE_DISK_MB: '10240' },
};

/** host:port of every instance of a service, with commas between; the loopback's where there is none. */
function addressesOf(all: readonly Instance[], wanted: ServiceName): string {
  const found = all.filter(({ service }) => service === wanted).map(({ rpc }) => rpc);
  return found.length > 0 ? found.join(',') : '127.0.0.1:1';
}
