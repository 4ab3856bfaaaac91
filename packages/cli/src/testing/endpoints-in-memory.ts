// What a running platform writes down, for commands that are tried against one in memory.
import type { Endpoints } from '../platform/endpoints.ts';

/** Every gRPC service at one address, and a NATS and a gateway that nobody serves. */
export function endpointsAt(address: string): Endpoints {
  return {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    http: 'http://127.0.0.1:1',
    apiKey: `csa_${'0'.repeat(32)}`,
    grpc: address,
    pools: address,
    stats: address,
    nats: { url: 'nats://127.0.0.1:1', user: 'u', password: 'p' },
    ops: {},
  };
}
