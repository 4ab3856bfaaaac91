// NodeService of every node, over connections that are made when first needed.
import { NodeServiceDefinition } from '@pilotlight/contracts';
import { type ClientTls, connectRpc, type RpcClient } from '@pilotlight/rpc';
import type { PrefetchOnNode } from '../app/prefetching.ts';

/** Fetching a template's packages for the first time takes longest. */
const timeoutMs = 600_000;
/** More than a platform has of nodes; the longest unused goes first. */
const maxConnections = 64;

export interface NodeClient {
  readonly prefetch: PrefetchOnNode;
  close(): void;
}

export function nodeClient(token: string, tls?: ClientTls): NodeClient {
  const open = new Map<string, RpcClient<typeof NodeServiceDefinition>>();
  const to = (address: string) => {
    const connection =
      open.get(address) ?? connectRpc(NodeServiceDefinition, { address, token, tls });
    open.delete(address);
    open.set(address, connection);
    const [oldest] = open;
    if (open.size > maxConnections && oldest !== undefined) {
      open.delete(oldest[0]);
      oldest[1].close();
    }
    return connection.client;
  };
  return {
    prefetch: (address, request) => to(address).prefetch(request, { timeoutMs }),
    close() {
      for (const connection of open.values()) connection.close();
      open.clear();
    },
  };
}
