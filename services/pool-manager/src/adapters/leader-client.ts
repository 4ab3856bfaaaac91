// A connection to whoever leads, made again when somebody else does.
import { PoolServiceDefinition } from '@pilotlight/contracts';
import { connectRpc, type RpcClient } from '@pilotlight/rpc';

export interface LeaderClient {
  at(address: string): RpcClient<typeof PoolServiceDefinition>['client'];
  close(): void;
}

/** Dials on first use. Calls under way on the connection to a former leader fail. */
export function leaderClient(): LeaderClient {
  let open: { address: string; rpc: RpcClient<typeof PoolServiceDefinition> } | undefined;
  return {
    at(address) {
      if (open?.address !== address) {
        open?.rpc.close();
        open = { address, rpc: connectRpc(PoolServiceDefinition, { address }) };
      }
      return open.rpc.client;
    },
    close: () => open?.rpc.close(),
  };
}
