// On which node something goes: predicates, a score, a deterministic order. It only chooses; the
// node decides, and whoever is refused asks the next one.
import type { NodePool, NodeStatus } from '@pilotlight/contracts';
import type { Liveness } from './node-liveness.ts';
import type { TemplateVersions } from './select-template.ts';

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

/** `another_run`: for a user who has one going. */
export type Need = 'run' | 'another_run' | 'lease';

/** Templates are called by name, which has no such character. */
const versionMark = '@';

/** What is placed: a template, or that version of it where nodes have different ones. */
export function placementKind(template: string, version: string): string {
  return version === '' ? template : `${template}${versionMark}${version}`;
}

export function templateOfKind(kind: string): string {
  return kind.split(versionMark)[0] ?? kind;
}

/**
 * Nodes to ask for a kind, best first: one that keeps a fresh sandbox for this user (of whom `mark` is
 * what `userMark` says), then ready stock, then fewest in use, then by name.
 */
export function candidates(
  nodes: Iterable<PlaceableNode>,
  kind: string,
  need: Need,
  mark = '',
): PlaceableNode[] {
  return [...nodes]
    .filter((node) => canTake(node, kind, need))
    .toSorted((a, b) => compare(a, b, { kind, mark }));
}

/**
 * Whether a node may be asked at all. A run does not wait at a node for its template to be prepared: it
 * would take a slot from those that can go.
 */
export function canTake(node: PlaceableNode, kind: string, need: Need): boolean {
  const { status } = node;
  if (node.liveness !== 'alive' || status.draining || node.refused) return false;
  const pool = poolOf(status, kind);
  if (pool === undefined || (pool.problem !== '' && pool.ready === 0)) return false;
  switch (need) {
    case 'run':
      return node.runs < status.runSlots && !lacksTemplate(pool);
    case 'another_run':
      return node.runs < status.runSlots - keptFree(status.runSlots) && !lacksTemplate(pool);
    case 'lease':
      return stock(node, kind) > 0 || inUse(node) < status.sandboxSlots;
  }
}

/**
 * Slots that go only to users who have nothing running: an eighth, so that whoever comes while somebody
 * else fills the node need not wait for an end. Too many would idle under one user's load, none costs
 * the others the time of a run.
 */
export function keptFree(slots: number): number {
  return Math.floor(slots / 8);
}

/** Why no node takes this kind, in words; empty where some node could if it had room. */
export function problemWith(nodes: Iterable<PlaceableNode>, kind: string): string {
  const alive = aliveOf(nodes);
  if (alive.length === 0) return 'No node is up.';
  const pools = alive.flatMap((node) => poolOf(node.status, kind) ?? []);
  if (pools.length === 0) return `No node offers the template "${kind}".`;
  const able = pools.filter((pool) => pool.problem === '' || pool.ready > 0);
  if (able.length === 0) return `No node can make "${kind}": ${pools[0]?.problem}`;
  if (!able.every(lacksTemplate)) return '';
  return `"${kind}" is still being prepared: ${able[0]?.preparing}.`;
}

/** Why nobody need wait for this kind: it cannot work on any node. Empty where it may. */
export function unavailability(nodes: Iterable<PlaceableNode>, kind: string): string {
  const pools = aliveOf(nodes).map((node) => poolOf(node.status, kind));
  const isHopeless = pools.every((pool) => pool?.unavailable === true && pool.ready === 0);
  return pools.length > 0 && isHopeless ? (pools[0]?.problem ?? '') : '';
}

/**
 * Why nobody should wait for a sandbox of this kind now: every node has tried and failed to start one,
 * and will leave it alone for a while. Empty where one may come.
 */
export function suspension(nodes: Iterable<PlaceableNode>, kind: string): string {
  const pools = aliveOf(nodes).map((node) => poolOf(node.status, kind));
  const isSuspended = pools.every((pool) => (pool?.problem ?? '') !== '' && pool?.ready === 0);
  return pools.length > 0 && isSuspended ? (pools[0]?.problem ?? '') : '';
}

/** The versions of one template on the nodes that take work. */
export function versionsOn(nodes: Iterable<PlaceableNode>, template: string): TemplateVersions {
  const alive = aliveOf(nodes);
  const pools = alive.map((node) => poolOf(node.status, template));
  const known = pools.flatMap((pool) => pool?.version || []);
  const isPending =
    alive.length === 0 || pools.some((pool) => pool === undefined || pool.preparing !== '');
  return { known: [...new Set(known)], isPending };
}

function aliveOf(nodes: Iterable<PlaceableNode>): PlaceableNode[] {
  return [...nodes].filter((node) => node.liveness === 'alive' && !node.status.draining);
}

function lacksTemplate(pool: NodePool): boolean {
  return pool.preparing !== '' && pool.ready === 0;
}

function compare(
  a: PlaceableNode,
  b: PlaceableNode,
  { kind, mark }: { readonly kind: string; readonly mark: string },
): number {
  const byReserve = Number(keepsOne(b, kind, mark)) - Number(keepsOne(a, kind, mark));
  if (byReserve !== 0) return byReserve;
  const byStock = Number(stock(b, kind) > 0) - Number(stock(a, kind) > 0);
  if (byStock !== 0) return byStock;
  const byUse = inUse(a) - inUse(b);
  return byUse !== 0 ? byUse : a.status.node.localeCompare(b.status.node);
}

function keepsOne({ status }: PlaceableNode, kind: string, mark: string): boolean {
  return poolOf(status, kind)?.reservedFor.includes(mark) ?? false;
}

/** Ready ones that are not promised yet, as far as we can tell. */
function stock(node: PlaceableNode, kind: string): number {
  const unreported = Math.max(0, node.runs - node.status.runs) + node.leasing;
  return (poolOf(node.status, kind)?.ready ?? 0) - unreported;
}

function inUse(node: PlaceableNode): number {
  const leased = node.status.pools.reduce((sum, pool) => sum + pool.leased, 0);
  return Math.max(leased, node.runs) + node.leasing;
}

function poolOf(status: NodeStatus, kind: string): NodePool | undefined {
  const [template, version] = kind.split(versionMark);
  return status.pools.find(
    (pool) => pool.template === template && (version ?? pool.version) === pool.version,
  );
}
