// gRPC clients of nodes and of the leading scheduler, one connection each, made when first needed.
import {
  ExecutionServiceDefinition,
  NodeServiceDefinition,
  SandboxServiceDefinition,
} from '@pilotlight/contracts';
import {
  type Client,
  type ClientTls,
  connectRpc,
  type RpcClient,
  type ServiceDefinition,
} from '@pilotlight/rpc';
import type { CallNode } from '../app/ports.ts';

/** More than any platform has of nodes and leaders at once; the longest unused goes first. */
const maxConnections = 256;

/** Connections by address. */
class Connections<Definition extends ServiceDefinition> {
  readonly #connect: (address: string) => RpcClient<Definition>;
  readonly #open = new Map<string, RpcClient<Definition>>();

  constructor(connect: (address: string) => RpcClient<Definition>) {
    this.#connect = connect;
  }

  to(address: string): Client<Definition> {
    const known = this.#open.get(address);
    const connection = known ?? this.#connect(address);
    if (known !== undefined) this.#open.delete(address);
    this.#open.set(address, connection);
    if (this.#open.size > maxConnections) this.#closeOldest();
    return connection.client;
  }

  close(): void {
    for (const connection of this.#open.values()) connection.close();
    this.#open.clear();
  }

  #closeOldest(): void {
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#open.delete(oldest[0]);
    oldest[1].close();
  }
}

/** NodeService of every node. */
export function nodeConnections(
  token: string,
  tls?: ClientTls,
): { callNode: CallNode; close(): void } {
  const nodes = new Connections((address) =>
    connectRpc(NodeServiceDefinition, { address, token, tls }),
  );
  return { callNode: ({ address }) => nodes.to(address), close: () => nodes.close() };
}

/** The public services of another scheduler. */
export interface Peer {
  readonly sandboxes: Client<typeof SandboxServiceDefinition>;
  readonly executions: Client<typeof ExecutionServiceDefinition>;
}

/** Schedulers by address; calls are made in the name of whoever made them here. */
export function peerConnections(
  token: string,
  tls?: ClientTls,
): { peerAt(address: string): Peer; close(): void } {
  const sandboxes = new Connections((address) =>
    connectRpc(SandboxServiceDefinition, { address, token, tls }),
  );
  const executions = new Connections((address) =>
    connectRpc(ExecutionServiceDefinition, { address, token, tls }),
  );
  return {
    peerAt: (address) => ({
      sandboxes: sandboxes.to(address),
      executions: executions.to(address),
    }),
    close() {
      sandboxes.close();
      executions.close();
    },
  };
}
