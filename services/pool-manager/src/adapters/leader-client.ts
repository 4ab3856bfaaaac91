// A connection to whoever leads, made again when somebody else does.
import { PoolServiceDefinition } from '@pilotlight/contracts';
import { type ClientTls, connectRpc, type RpcClient } from '@pilotlight/rpc';

export interface LeaderClient {
  at(address: string): RpcClient<typeof PoolServiceDefinition>['client'];
  close(): void;
}

/** Dials on first use; calls are made in the name of whoever made them here. Calls under way on the connection to a former leader fail. */
export function leaderClient(token: string, tls?: ClientTls): LeaderClient {
  let open: { address: string; rpc: RpcClient<typeof PoolServiceDefinition> } | undefined;
  return {
    at(address) {
      if (open?.address !== address) {
        open?.rpc.close();
        open = { address, rpc: connectRpc(PoolServiceDefinition, { address, token, tls }) };
      }
      return open.rpc.client;
    },
    close: () => open?.rpc.close(),
  };
}
