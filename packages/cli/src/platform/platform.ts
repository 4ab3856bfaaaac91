// The whole platform on this machine: a private nats-server and every service as a process of its
// own, kept running until it is stopped. What `pilotlight up`, the benchmarks and the end-to-end
// tests start.
import { randomBytes } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { inheritedEnvironment, type TlsFiles } from '@pilotlight/config';
import { hashOfKey, PlatformError } from '@pilotlight/contracts';
import { type Clock, Scope, systemClock } from '@pilotlight/lifecycle';
import type { NatsServer } from '@pilotlight/messaging/server';
import { type Endpoints, removeEndpoints, writeEndpoints } from './endpoints.ts';
import type { OnEvent } from './events.ts';
import { claimDirectory } from './instance-lock.ts';
import { type LayoutOptions, layOut } from './layout.ts';
import { natsServerOf, startNats } from './nats.ts';
import { ownKey } from './own-key.ts';
import { logFolderOf, type RunningService, runService } from './running-service.ts';
import { nodeNameOf, removeSandboxFolder, sandboxFolderOf } from './sandbox-folder.ts';
import {
  commandOf,
  graceOf,
  type Instance,
  type ServiceSettings,
  scriptOf,
  sourceOf,
  suffixOf,
} from './services.ts';
import { takeStartReports } from './start-reports.ts';

export { type Endpoints, readEndpoints } from './endpoints.ts';
export type { PlatformEvent } from './events.ts';
export { type ServiceName, serviceNames } from './services.ts';

export interface PlatformOptions {
  /** Holds everything that outlives a start: streams, database, logs. Made if it is not there. */
  readonly dataDir: string;
  /** Of the public gRPC address; by default 50051 where it is free, else any. */
  readonly port?: number;
  /** Of the gateway; by default 8080 where it is free, else any. */
  readonly httpPort?: number;
  readonly driver?: ServiceSettings['driver'];
  readonly profile?: ServiceSettings['profile'];
  /** Names of the templates to use; by default all of them. */
  readonly templates?: readonly string[];
  /** Accept a driver that cannot enforce limits. */
  readonly weakLimits?: boolean;
  readonly logLevel?: string;
  /** Schedulers to run; one leads. Default 1. */
  readonly schedulers?: number;
  /** Executors to run, each a node of its own. Default 1. */
  readonly executors?: number;
  /** Services not to start, out of those that only observe. */
  readonly without?: LayoutOptions['without'];
  /** Runs the services from their sources under the analyzer; each reports its start as `pilotlight-<service>`. */
  readonly analyze?: boolean;
  /** More settings for every process of a service. */
  readonly env?: ServiceSettings['env'];
  /** The certificate of every service, its key and the CA: gRPC then goes with TLS, with mTLS between services. */
  readonly tls?: TlsFiles;
  /** The nats-server to run; by default the one that set-up found. */
  readonly natsServer?: string;
  readonly onEvent?: OnEvent;
  /** Aborting gives up a start that is under way; what was started is stopped again. */
  readonly signal?: AbortSignal;
}

export interface Platform {
  readonly endpoints: Endpoints;
  /** host:port of every scheduler's public gRPC server. */
  readonly schedulers: readonly string[];
  /** Who may do everything on the bus; the endpoints have a publisher's credentials instead. */
  readonly nats: Endpoints['nats'];
  /** Pids of the services' own processes (not of scripts around them) and of nats-server. */
  pids(): ReadonlyMap<string, number>;
  /** Sends a signal to one process by name; it comes back by itself if that ends it. */
  signal(name: string, signal: NodeJS.Signals): void;
  /** Stops one process in good order, starts it again and waits until it is ready. */
  restart(name: string): Promise<void>;
  /** Resolves when a process that was ended is there again and ready. */
  ready(name: string): Promise<void>;
  /** In order: intake first, NATS last. Idempotent. */
  stop(): Promise<void>;
  /** Ends everything at once; leftovers of sandboxes are removed by the next start. */
  kill(): void;
}

/**
 * Resolves when every service is ready. When one does not become ready everything is stopped and
 * it rejects with the last lines of that one's log.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const dataDir = resolve(options.dataDir);
  const scope = new Scope();
  try {
    scope.defer('data directory', claimDirectory(dataDir));
    return await startInside(scope, { ...options, dataDir }, systemClock);
  } catch (error) {
    await scope.close();
    throw error;
  }
}

async function startInside(scope: Scope, options: PlatformOptions, clock: Clock) {
  const { dataDir, onEvent = () => {}, signal } = options;
  const root = resolve(import.meta.dirname, '../../../..');
  const binary = options.natsServer ?? natsServerOf(root);
  const nats = await startNats(scope, { binary, dataDir, clock, onEvent });
  const apiKey = ownKey(dataDir);
  const instances = await layOut(options);
  const startReports =
    options.analyze === true
      ? await takeStartReports({
          http: httpOf(instances),
          apiKey,
          dataDir,
          clock,
          onLost: noted(onEvent),
        })
      : undefined;
  if (startReports !== undefined) scope.defer('reports of starts', () => startReports.close());
  const settings = { ...settingsOf(options, { root, nats, apiKey }), startReports };
  for (const instance of instances.filter(({ service }) => service === 'executor')) {
    const folder = `${settings.sandboxFolder}${suffixOf(instance)}`;
    scope.defer('sandbox folder', () => removeSandboxFolder(folder));
  }
  const services = instances.map((instance) => {
    signal?.throwIfAborted();
    const locate = startReports === undefined ? scriptOf : sourceOf;
    const script = locate(root, instance.service);
    const service = runService({
      name: instance.name,
      command: commandOf(instance, script, settings, instances),
      script,
      ops: instance.ops,
      graceMs: graceOf(instance.service),
      logFolder: logFolderOf(dataDir),
      clock,
      onEvent,
    });
    scope.defer(instance.name, () => service.stop());
    return service;
  });
  const giveUp = new AbortController();
  scope.defer('waiting', () => giveUp.abort());
  const until = AbortSignal.any([giveUp.signal, ...(signal ? [signal] : [])]);
  await Promise.all(services.map((service) => service.ready(until)));
  const endpoints = endpointsOf(instances, { ...settings, nats, apiKey, startedAt: clock.now() });
  writeEndpoints(dataDir, endpoints);
  scope.defer('endpoints', () => removeEndpoints(dataDir));
  const schedulers = instances.filter(({ service }) => service === 'scheduler');
  return {
    endpoints,
    schedulers: schedulers.map(({ rpc }) => rpc),
    nats: { url: nats.url, user: nats.user, password: nats.password },
    ...controlsOf(services, nats),
    stop: () => scope.close(),
  };
}

function controlsOf(services: readonly RunningService[], nats: NatsServer) {
  const named = (name: string) => {
    const service = services.find((candidate) => candidate.name === name);
    if (service !== undefined) return service;
    throw new PlatformError('not_found', `There is no process called ${name}.`);
  };
  return {
    pids() {
      const found = services.map((service) => [service.name, service.pid()] as const);
      const living = found.filter((entry): entry is [string, number] => entry[1] !== undefined);
      return new Map<string, number>([['nats-server', nats.pid], ...living]);
    },
    signal(name: string, signal: NodeJS.Signals) {
      if (name === 'nats-server') process.kill(nats.pid, signal);
      else named(name).signal(signal);
    },
    restart: (name: string) => (name === 'nats-server' ? nats.restart() : named(name).restart()),
    ready: (name: string) => named(name).ready(),
    kill() {
      for (const service of services) service.kill();
      void nats.stop('SIGKILL');
    },
  };
}

function settingsOf(
  options: PlatformOptions,
  { root, nats, apiKey }: { root: string; nats: NatsServer; apiKey: string },
): ServiceSettings {
  const node = nodeNameOf(options.dataDir);
  return {
    root,
    dataDir: options.dataDir,
    nats,
    tls: options.tls,
    nodeToken: randomBytes(24).toString('base64url'),
    serviceToken: randomBytes(24).toString('base64url'),
    adminKeyHash: hashOfKey(apiKey),
    node,
    sandboxFolder: sandboxFolderOf(node),
    toolchainPath: `${dirname(process.execPath)}:${inheritedEnvironment()['PATH'] ?? ''}`,
    driver: options.driver ?? 'auto',
    profile: options.profile ?? 'embedded',
    templates: options.templates,
    weakLimits: options.weakLimits ?? false,
    logLevel: options.logLevel ?? 'info',
    env: options.env ?? {},
  };
}

function httpOf(instances: readonly Instance[]): string {
  return `http://${instances.find(({ name }) => name === 'gateway')?.rpc ?? ''}`;
}

function noted(onEvent: OnEvent): (message: string) => void {
  return (message) => onEvent({ kind: 'note', name: 'analyzer', level: 'warn', message });
}

function endpointsOf(
  instances: readonly Instance[],
  {
    nats,
    tls,
    apiKey,
    startedAt,
  }: Pick<ServiceSettings, 'nats' | 'tls'> & { apiKey: string; startedAt: Date },
): Endpoints {
  const rpcOf = (wanted: string) => instances.find(({ name }) => name === wanted)?.rpc ?? '';
  return {
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    http: httpOf(instances),
    apiKey,
    grpc: rpcOf('scheduler'),
    pools: rpcOf('pool-manager'),
    stats: rpcOf('stats-recorder'),
    nats: { url: nats.url, ...nats.credentialsOf('publisher') },
    ...(tls !== undefined && { tls: { ca: tls.ca, serverName: tls.serverName } }),
    ops: Object.fromEntries(instances.map(({ name, ops }) => [name, ops])),
  };
}
