// On which node something goes: predicates, a score, a deterministic order. It only chooses; the
// node decides, and whoever is refused asks the next one.
import type { NodePool, NodeStatus } from '@pilotlight/contracts';
import type { Liveness } from './node-liveness.ts';

/** A node as far as placement cares. Reports lag, so what this leader has going is beside them. */
export interface PlaceableNode {
  readonly status: NodeStatus;
  readonly liveness: Liveness;
  /** Runs that this leader has there, whatever the report says. */
  readonly runs: number;
  /** Leases asked of it and not answered yet. */
  readonly leasing: number;
  /** It said that it is full, and has not reported since. */
  readonly refused: boolean;
}

export type Need = 'run' | 'lease';

/** Nodes to ask, best first: ready stock, then fewest in use, then by name. */
export function candidates(
  nodes: Iterable<PlaceableNode>,
  template: string,
  need: Need,
): PlaceableNode[] {
  return [...nodes]
    .filter((node) => canTake(node, template, need))
    .toSorted((a, b) => compare(a, b, template));
}

/** Whether a node may be asked at all. */
export function canTake(node: PlaceableNode, template: string, need: Need): boolean {
  const { status } = node;
  if (node.liveness !== 'alive' || status.draining || node.refused) return false;
  const pool = poolOf(status, template);
  if (pool === undefined || (pool.problem !== '' && pool.ready === 0)) return false;
  if (need === 'run') return node.runs < status.runSlots;
  return stock(node, template) > 0 || inUse(node) < status.sandboxSlots;
}

/** Why no node takes this template, in words; empty where some node could if it had room. */
export function problemWith(nodes: Iterable<PlaceableNode>, template: string): string {
  const alive = [...nodes].filter((node) => node.liveness === 'alive' && !node.status.draining);
  if (alive.length === 0) return 'No node is up.';
  const pools = alive.flatMap((node) => poolOf(node.status, template) ?? []);
  if (pools.length === 0) return `No node offers the template "${template}".`;
  if (pools.some((pool) => pool.problem === '' || pool.ready > 0)) return '';
  return `No node can make "${template}": ${pools[0]?.problem}`;
}

function compare(a: PlaceableNode, b: PlaceableNode, template: string): number {
  const byStock = Number(stock(b, template) > 0) - Number(stock(a, template) > 0);
  if (byStock !== 0) return byStock;
  const byUse = inUse(a) - inUse(b);
  return byUse !== 0 ? byUse : a.status.node.localeCompare(b.status.node);
}

/** Ready ones that are not promised yet, as far as we can tell. */
function stock(node: PlaceableNode, template: string): number {
  const unreported = Math.max(0, node.runs - node.status.runs) + node.leasing;
  return (poolOf(node.status, template)?.ready ?? 0) - unreported;
}

function inUse(node: PlaceableNode): number {
  const leased = node.status.pools.reduce((sum, pool) => sum + pool.leased, 0);
  return Math.max(leased, node.runs) + node.leasing;
}

function poolOf(status: NodeStatus, template: string): NodePool | undefined {
  return status.pools.find((pool) => pool.template === template);
}
