// This node's entry in KV `nodes`.
import { NodeStatus, toJsonBytes } from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';
import type { NodeInventory } from '../app/ports.ts';

export function createKvNodeInventory(nodes: KeyValue, node: string): NodeInventory {
  return {
    async put(status) {
      await nodes.put(node, toJsonBytes(NodeStatus, status));
    },
    async remove() {
      await nodes.remove(node);
    },
  };
}
