// A gateway for tests of its API: real routes and hooks on a bus in memory, and fakes of the services.
import { authenticator, RateLimits } from '@pilotlight/access';
import { Entitlements, hashOfKey, type Principal } from '@pilotlight/contracts';
import { type Clock, systemClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import type { Authenticated } from '@pilotlight/rpc';
import { createLogger, createMetrics, type Metrics } from '@pilotlight/telemetry';
import type { FastifyInstance } from '../api/fastify.ts';
import type { Gateway, Platform } from '../api/gateway.ts';
import { createServer } from '../api/server.ts';
import type { HttpSettings } from '../api/transport.ts';
import type { Catalogue } from '../app/catalogue.ts';
import { ResultFeed } from '../app/result-feed.ts';
import type { Versions } from '../app/versions.ts';
import { cachesRig } from './caches-rig.ts';
import { FakeExecutions } from './fake-executions.ts';

/** Keys of the right form. */
export const adminKey = `csa_${'A'.repeat(32)}`;
export const projectKey = `csa_${'P'.repeat(32)}`;
/** Of a plan with three requests in a minute. */
export const smallKey = `csa_${'S'.repeat(32)}`;

export interface GatewayRig {
  readonly app: FastifyInstance;
  readonly bus: MemoryBus;
  readonly executions: FakeExecutions;
  readonly metrics: Metrics;
  readonly catalogue: Catalogue;
  readonly versions: Versions;
  /** Lines that the gateway logged. */
  readonly logged: readonly string[];
  /** As the key's revocation does. */
  revoke(key: string): void;
  close(): Promise<void>;
}

export interface RigOptions extends HttpSettings {
  readonly corsOrigins?: readonly string[];
  /** By default the system's. */
  readonly clock?: Clock;
  /** Fakes beside that of executions; what is not given cannot be called. */
  readonly platform?: Partial<Platform>;
}

export async function gatewayRig(options: RigOptions = {}): Promise<GatewayRig> {
  const { corsOrigins = [], platform = {}, clock = systemClock, ...settings } = options;
  const bus = createMemoryBus();
  const executions = new FakeExecutions(bus);
  const logged: string[] = [];
  const metrics = createMetrics('gateway');
  const keys = keyring();
  const caching = await cachesRig(bus, {
    listPools: async (principal) =>
      (await platform.pools?.listPools({}, { principal }))?.pools ?? [],
  });
  const { caches, catalogue } = caching;
  const logger = createLogger({
    ...{ service: 'gateway', level: 'warn' },
    sink: { write: (line) => void logged.push(line) },
  });
  const results = new ResultFeed(bus, systemClock, logger);
  const ended = new AbortController();
  const following = results.follow(ended.signal);
  const gateway: Gateway = {
    ...{ logger, results },
    ...{ caches, catalogue },
    ...{ bus, metrics, clock, rates: new RateLimits(), version: '0.0.0-test' },
    platform: { ...platform, executions: executions.client } as Platform,
    authenticate: authenticator({ find: (hash) => keys.get(hash) }, 'service-token'),
    keys: { find: (hash) => keys.get(hash) },
    corsOrigins,
  };
  const app = await createServer(gateway, settings);
  return {
    ...{ app, bus, executions, metrics, logged, catalogue, versions: caching.versions },
    revoke: (key) => keys.get(hashOfKey(key))?.revocation.abort(),
    async close() {
      await app.close();
      ended.abort();
      await following;
      await caching.close();
      await bus.close();
    },
  };
}

interface Held extends Authenticated {
  readonly revocation: AbortController;
}

function keyring(): Map<string, Held> {
  const holders = [
    { key: adminKey, project: 'local', role: 'admin' },
    { key: projectKey, project: 'blue', role: 'project' },
    { key: smallKey, project: 'green', role: 'project', requestsPerMinute: 3 },
  ] as const;
  return new Map(
    holders.map(({ key, ...holder }) => {
      const keyHash = hashOfKey(key);
      const revocation = new AbortController();
      const principal: Principal = {
        ...{ keyHash, keyId: `id-of-${holder.project}`, userId: '' },
        ...{ project: holder.project, role: holder.role },
        entitlements: Entitlements.fromPartial({
          requestsPerMinute: 'requestsPerMinute' in holder ? holder.requestsPerMinute : 0,
        }),
      };
      return [keyHash, { principal, revocation, revoked: revocation.signal }];
    }),
  );
}
