// Which node holds how much of each target.

/** One living node that takes stock. */
export interface StockNode {
  readonly node: string;
  /** Sandboxes of every kind that may exist there at once. */
  readonly slots: number;
  /** Most that it may hold of a template that it has trouble with; others are not limited. */
  readonly limits: ReadonlyMap<string, number>;
}

export interface StockDemand {
  readonly template: string;
  readonly target: number;
  /** This much of the target goes before any other template's surplus. */
  readonly guaranteed: number;
}

export interface Spread {
  /** Warm sandboxes by node and template; every pair is present. */
  readonly byNode: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Placed in all, by template; less than the target where the nodes have no room. */
  readonly placed: ReadonlyMap<string, number>;
}

/**
 * Gives each node its share by capacity: one at a time to the node that is least filled for its
 * size, by this template first and then by all. Every template gets its guaranteed part before
 * any gets more. Depends on nothing but the arguments and not on their order, so the same
 * situation gives the same plan.
 */
export function spreadStock(demands: readonly StockDemand[], nodes: readonly StockNode[]): Spread {
  const byName = demands.toSorted((a, b) => compare(a.template, b.template));
  const shelves = nodes
    .toSorted((a, b) => compare(a.node, b.node))
    .map((node): Shelf => ({ node, total: 0, held: new Map() }));
  for (const { template, target, guaranteed } of byName) {
    place(template, Math.min(target, guaranteed), shelves);
  }
  for (const { template, target, guaranteed } of byName) {
    place(template, Math.max(0, target - guaranteed), shelves);
  }
  return {
    byNode: new Map(shelves.map(({ node, held }) => [node.node, complete(held, byName)])),
    placed: new Map(byName.map(({ template }) => [template, heldOf(template, shelves)])),
  };
}

interface Shelf {
  readonly node: StockNode;
  total: number;
  readonly held: Map<string, number>;
}

function place(template: string, count: number, shelves: readonly Shelf[]): void {
  for (let placed = 0; placed < count; placed += 1) {
    const open = shelves.filter((shelf) => hasRoom(shelf, template));
    const shelf = open.reduce<Shelf | undefined>(
      (best, other) => (best === undefined || isEmptier(other, best, template) ? other : best),
      undefined,
    );
    if (shelf === undefined) return;
    shelf.held.set(template, (shelf.held.get(template) ?? 0) + 1);
    shelf.total += 1;
  }
}

function hasRoom({ node, total, held }: Shelf, template: string): boolean {
  const limit = node.limits.get(template) ?? Number.POSITIVE_INFINITY;
  return total < node.slots && (held.get(template) ?? 0) < limit;
}

function isEmptier(a: Shelf, b: Shelf, template: string): boolean {
  const filling = (shelf: Shelf) => ((shelf.held.get(template) ?? 0) + 1) / shelf.node.slots;
  const byTemplate = filling(a) - filling(b);
  if (byTemplate !== 0) return byTemplate < 0;
  return a.total / a.node.slots < b.total / b.node.slots;
}

function complete(held: ReadonlyMap<string, number>, demands: readonly StockDemand[]) {
  return new Map(demands.map(({ template }) => [template, held.get(template) ?? 0]));
}

function heldOf(template: string, shelves: readonly Shelf[]): number {
  return shelves.reduce((sum, { held }) => sum + (held.get(template) ?? 0), 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
