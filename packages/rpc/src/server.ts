// The serving end: services, health checking and reflection on one port.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { PlatformError } from '@pilotlight/contracts';
import { type BoundService, grpcDefinition } from './bind.ts';
import type { Authenticate, FaultLog, FinishedCall } from './call.ts';
import { serverOptions } from './channel-options.ts';
import { healthService } from './health.ts';
import { tokenCheck } from './metadata.ts';
import { reflectionServices } from './reflection.ts';
import type { Reception } from './server-call.ts';
import { FileServerCredentials } from './server-credentials.ts';
import type { ServerTls } from './tls.ts';

export interface RpcServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly services: readonly BoundService[];
  /** Undefined: without TLS. */
  readonly tls?: ServerTls | undefined;
  /** Every call must carry it as a bearer token, health checking and reflection included. */
  readonly token?: string;
  /** Who calls; asked at every call but those of health checking and reflection. */
  readonly authenticate?: Authenticate;
  /** What health checking answers; asked at each check and once a second while watched. */
  readonly health?: () => boolean;
  /** Gets the failures of the platform itself, once each; refusals are not logged. */
  readonly logger?: FaultLog;
  /** Told of each call when it has ended, but for health checking and reflection. Must not throw. */
  readonly onCall?: (call: FinishedCall) => void;
}

export interface RpcServer {
  /** `host:port` as bound. */
  readonly address: string;
  readonly port: number;
  /**
   * Takes no more calls, waits for those in progress for up to `graceMs`, then cancels the rest.
   * Health checking says that it is not serving. Idempotent: the first grace counts.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves. Rejects with `unavailable` where the address cannot be bound, `failed_precondition` for TLS files
 * that cannot be used.
 */
export async function serveRpc(options: RpcServerOptions): Promise<RpcServer> {
  const closing = new AbortController();
  const healthy = () => !closing.signal.aborted && (options.health?.() ?? true);
  const names = options.services.map((service) => service.definition.fullName);
  const reception: Reception = {
    ...(options.token !== undefined && { hasToken: tokenCheck(options.token) }),
    ...(options.logger !== undefined && { logger: options.logger }),
    actorsNeedCertificate: options.tls?.clientCerts === 'request',
  };
  const server = new Server(serverOptions);
  const own = [healthService(names, healthy, closing.signal), ...reflectionServices(names)];
  const add = ({ definition, implementationFor }: BoundService, received: Reception) =>
    server.addService(grpcDefinition(definition), implementationFor(received));
  const { onCall, authenticate } = options;
  const observed = {
    ...reception,
    ...(onCall !== undefined && { onCall }),
    ...(authenticate !== undefined && { authenticate }),
  };
  for (const service of options.services) add(service, observed);
  for (const service of own) add(service, reception);
  const port = await listen(server, options);
  let closed: Promise<void> | undefined;
  return {
    address: `${options.address.slice(0, options.address.lastIndexOf(':'))}:${port}`,
    port,
    close(graceMs) {
      closing.abort();
      closed ??= shutDown(server, graceMs);
      return closed;
    },
  };
}

async function listen(server: Server, { address, tls, logger }: RpcServerOptions): Promise<number> {
  const credentials =
    tls === undefined ? ServerCredentials.createInsecure() : new FileServerCredentials(tls, logger);
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (cause, port) => {
      if (cause === null) resolve(port);
      else reject(new PlatformError('unavailable', `Cannot listen on ${address}`, { cause }));
    });
  });
}

/** The library loses count of a connection that breaks while it shuts down, and then never says so. */
const forcedEndMs = 500;

function shutDown(server: Server, graceMs: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    let overdue: NodeJS.Timeout | undefined;
    const force = setTimeout(() => {
      server.forceShutdown();
      overdue = setTimeout(resolve, forcedEndMs);
    }, graceMs);
    server.tryShutdown((error) => {
      clearTimeout(force);
      clearTimeout(overdue);
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
