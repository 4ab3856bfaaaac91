// What the routes are given, and the server that they are put on.
import type { KeyMirror, RateLimits } from '@pilotlight/access';
import type {
  ExecutionServiceDefinition,
  KeyServiceDefinition,
  PoolServiceDefinition,
  Principal,
  SandboxServiceDefinition,
  StatsServiceDefinition,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import type { Authenticate, Client } from '@pilotlight/rpc';
import type { Logger, Metrics } from '@pilotlight/telemetry';
import type { Caches } from '../app/caches.ts';
import type { Catalogue } from '../app/catalogue.ts';
import type { ResultFeed } from '../app/result-feed.ts';
import type { FastifyInstance } from './fastify.ts';

/** The gRPC services behind the gateway. A call's options must carry the `principal`. */
export interface Platform {
  readonly sandboxes: Client<typeof SandboxServiceDefinition>;
  readonly executions: Client<typeof ExecutionServiceDefinition>;
  readonly pools: Client<typeof PoolServiceDefinition>;
  readonly stats: Client<typeof StatsServiceDefinition>;
  readonly keys: Client<typeof KeyServiceDefinition>;
}

/** Everything that routes work with. */
export interface Gateway {
  readonly platform: Platform;
  readonly bus: Bus;
  readonly authenticate: Authenticate;
  /** Whom a ticket stands for. */
  readonly keys: Pick<KeyMirror, 'find'>;
  /** Origins of pages that may connect, beside its own; `*` stands for all. */
  readonly corsOrigins: readonly string[];
  /** Is followed for longer than the server listens. */
  readonly results: ResultFeed;
  readonly rates: RateLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly version: string;
  readonly caches: Caches;
  readonly catalogue: Catalogue;
  /** Folder of the built pages; without it none are served. */
  readonly pagesDir?: string | undefined;
}

/** A group of routes. */
export type Routes = (app: FastifyInstance, gateway: Gateway) => void | Promise<void>;

/**
 * What a route asks of its caller: nothing (`open`), a key (`key`), a key and one call of its minute's
 * (`request`: to run or lease; `query`: to ask what was recorded), or an admin's key.
 */
export type Access = 'open' | 'key' | 'request' | 'query' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says it. */
    readonly access?: Access;
  }
  interface FastifyRequest {
    /** Set on every route that is not open. */
    principal: Principal;
    /** Aborts when the caller goes away or its key is revoked; its reason is what to throw. */
    callSignal: AbortSignal;
  }
}
