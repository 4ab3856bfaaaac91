// Connections to the services behind the gateway. Every call is made in the name of whoever asked.
import {
  ExecutionServiceDefinition,
  KeyServiceDefinition,
  PoolServiceDefinition,
  SandboxServiceDefinition,
  StatsServiceDefinition,
} from '@pilotlight/contracts';
import { type Client, type ClientTls, connectRpc, type ServiceDefinition } from '@pilotlight/rpc';

export interface PlatformAddresses {
  /** Each host:port, or several with commas between, of which one that answers is used. */
  readonly schedulerAddress: string;
  readonly poolAddress: string;
  readonly statsAddress: string;
}

/** How the gateway shows that it is one. */
export interface PlatformCredentials {
  /** The services' own. */
  readonly token: string;
  readonly tls?: ClientTls | undefined;
}

/** The gRPC services. A call's options must carry the `principal`. */
export interface Platform {
  readonly sandboxes: Client<typeof SandboxServiceDefinition>;
  readonly executions: Client<typeof ExecutionServiceDefinition>;
  readonly pools: Client<typeof PoolServiceDefinition>;
  readonly stats: Client<typeof StatsServiceDefinition>;
  readonly keys: Client<typeof KeyServiceDefinition>;
}

/** Connects at the first call, and again by itself. */
export function connectPlatform(
  { schedulerAddress, poolAddress, statsAddress }: PlatformAddresses,
  { token, tls }: PlatformCredentials,
): { readonly platform: Platform; close(): void } {
  const open: (() => void)[] = [];
  const to = <Definition extends ServiceDefinition>(definition: Definition, addresses: string) => {
    const { client, close } = connectRpc(definition, { address: targetOf(addresses), token, tls });
    open.push(close);
    return client;
  };
  return {
    platform: {
      sandboxes: to(SandboxServiceDefinition, schedulerAddress),
      executions: to(ExecutionServiceDefinition, schedulerAddress),
      pools: to(PoolServiceDefinition, poolAddress),
      stats: to(StatsServiceDefinition, statsAddress),
      keys: to(KeyServiceDefinition, statsAddress),
    },
    close() {
      for (const close of open) close();
    },
  };
}

/** In gRPC's words several literal addresses are one target, tried in turn. */
function targetOf(addresses: string): string {
  return addresses.includes(',') ? `ipv4:${addresses}` : addresses;
}
