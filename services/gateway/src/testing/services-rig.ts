// A gateway in front of services in memory: sandboxes, pools and statistics behind a real gRPC server.
import { startInMemoryPlatform } from '@pilotlight/client/testing';
import {
  PoolServiceDefinition,
  SandboxServiceDefinition,
  StatsServiceDefinition,
} from '@pilotlight/contracts';
import { connectRpc } from '@pilotlight/rpc';
import type { Platform } from '../api/gateway.ts';
import { adminKey, type GatewayRig, gatewayRig } from './gateway-rig.ts';

export interface ServicesRig extends GatewayRig {
  readonly services: Awaited<ReturnType<typeof startInMemoryPlatform>>;
}

/** `fakes` stand in for single services. */
export async function servicesRig(fakes: Partial<Platform> = {}): Promise<ServicesRig> {
  const services = await startInMemoryPlatform();
  const { address } = services;
  const sandboxes = connectRpc(SandboxServiceDefinition, { address });
  const pools = connectRpc(PoolServiceDefinition, { address });
  const stats = connectRpc(StatsServiceDefinition, { address });
  const rig = await gatewayRig({
    platform: {
      ...{ sandboxes: sandboxes.client, pools: pools.client, stats: stats.client },
      ...fakes,
    },
  });
  return {
    ...rig,
    services,
    async close() {
      await rig.close();
      for (const { close } of [sandboxes, pools, stats]) close();
      await services.close();
    },
  };
}

/** Headers of a call by the admin, with more of them. */
export const asAdmin = (headers: Readonly<Record<string, string>> = {}) => ({
  'x-api-key': adminKey,
  ...headers,
});
