// Which nodes live, and what they hold together.
import type { NodeStatus } from '@pilotlight/contracts';
import type { StockNode } from './spread.ts';

/** A node whose heartbeat stood still for so long is taken for dead; it beats every second. */
export const nodeTimeoutMs = 5_000;

interface Sighting {
  readonly status: NodeStatus;
  readonly changedAtMs: number;
}

/** The nodes as they report themselves; a hint, which each node corrects by itself. */
export class NodeInventory {
  readonly #sightings = new Map<string, Sighting>();

  /** `nowMs` of a monotonic clock, here and below: no node's own time is trusted. */
  report(status: NodeStatus, nowMs: number): void {
    const known = this.#sightings.get(status.node)?.status;
    const isSame =
      known?.incarnation === status.incarnation && known.heartbeat === status.heartbeat;
    if (!isSame) this.#sightings.set(status.node, { status, changedAtMs: nowMs });
  }

  remove(node: string): void {
    this.#sightings.delete(node);
  }

  /** Nodes that beat lately, and forgets the others. */
  alive(nowMs: number): readonly NodeStatus[] {
    for (const [node, { changedAtMs }] of this.#sightings) {
      if (nowMs - changedAtMs > nodeTimeoutMs) this.#sightings.delete(node);
    }
    return [...this.#sightings.values()].map(({ status }) => status);
  }
}

/** One template's sandboxes over several nodes. */
export interface PoolCount {
  readonly ready: number;
  readonly creating: number;
  readonly leased: number;
  /** `node: problem`, for people. */
  readonly problems: readonly string[];
  /** Of its language on the nodes, newest first. */
  readonly versions: readonly string[];
  /** `node: what it does to have the template`, for people. */
  readonly preparing: readonly string[];
  /** No node can make it. */
  readonly unavailable: boolean;
}

export function countPool(template: string, nodes: readonly NodeStatus[]): PoolCount {
  const pools = nodes.flatMap(({ node, pools }) =>
    pools.filter((pool) => pool.template === template).map((pool) => ({ node, pool })),
  );
  const sum = (of: (pool: NodeStatus['pools'][number]) => number) =>
    pools.reduce((total, { pool }) => total + of(pool), 0);
  const told = (of: (pool: NodeStatus['pools'][number]) => string) =>
    pools.filter(({ pool }) => of(pool) !== '').map(({ node, pool }) => `${node}: ${of(pool)}`);
  const untold = nodes
    .filter(({ draining, pools }) => !draining && pools.every((pool) => pool.template !== template))
    .map(({ node }) => node);
  return {
    ready: sum((pool) => pool.ready),
    creating: sum((pool) => pool.creating),
    leased: sum((pool) => pool.leased),
    problems: told((pool) => pool.problem),
    versions: [...new Set(pools.map(({ pool }) => pool.version))]
      .filter((version) => version !== '')
      .toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })),
    preparing: [
      ...told((pool) => pool.preparing),
      ...untold.map((node) => `${node}: has to be told`),
    ],
    unavailable: pools.length > 0 && pools.every(({ pool }) => pool.unavailable),
  };
}

/**
 * Nodes that take stock. One that has trouble with a template keeps what it has of it while
 * another node can take its share; where all have, all go on trying at their own pace.
 */
export function stockNodes(nodes: readonly NodeStatus[]): StockNode[] {
  const open = nodes.filter((node) => !node.draining && node.sandboxSlots > 0);
  const isWell = (template: string, node: NodeStatus) =>
    node.pools.every((pool) => pool.template !== template || pool.problem === '');
  return open.map((node) => ({
    node: node.node,
    slots: node.sandboxSlots,
    limits: new Map(
      node.pools
        .filter(({ problem, template }) => problem !== '' && open.some((o) => isWell(template, o)))
        .map(({ template, ready }) => [template, ready]),
    ),
  }));
}
