// Which modules of a tree get a line of their own: all of them, or those that matter.
import type { LoadedModule, LoadNode } from '@pilotlight/contracts/load-tree';

/** A line of the tree; `trunk` says for each level, its own last, whether a sibling follows below. */
export type LoadRow<M extends LoadedModule> = { readonly trunk: readonly boolean[] } & (
  | { readonly kind: 'module'; readonly module: M }
  /** So many modules, what they loaded included, and the time of their uppermost. */
  | { readonly kind: 'rest'; readonly count: number; readonly totalMs: number }
);

/** A screen, more or less. */
const mostModules = 40;
/** Shown however little they take, so that a function whose start is not in its modules shows some. */
const fewestModules = 8;
const smallestShare = 0.01;

export interface FoldOptions {
  /** Milliseconds that the shares are of. */
  readonly wholeMs: number;
  /** Nothing is folded. */
  readonly all: boolean;
}

/** From the root down. What takes less than a hundredth, or is past the longest forty, is folded. */
export function loadRows<M extends LoadedModule>(
  tree: readonly LoadNode<M>[],
  { wholeMs, all }: FoldOptions,
): LoadRow<M>[] {
  const nodes = flattened(tree);
  const shown = all ? new Set(nodes) : worthShowing(nodes, wholeMs);
  return rowsBelow(tree, shown, []);
}

function rowsBelow<M extends LoadedModule>(
  siblings: readonly LoadNode<M>[],
  shown: ReadonlySet<LoadNode<M>>,
  above: readonly boolean[],
): LoadRow<M>[] {
  const kept = siblings.filter((node) => shown.has(node));
  const folded = siblings.filter((node) => !shown.has(node));
  const rows = kept.flatMap((node, index): LoadRow<M>[] => {
    const trunk = [...above, index < kept.length - 1 || folded.length > 0];
    const own = { kind: 'module', trunk, module: node.module } as const;
    return [own, ...rowsBelow(node.children, shown, trunk)];
  });
  if (folded.length === 0) return rows;
  const totalMs = folded.reduce((sum, { module }) => sum + module.totalMs, 0);
  const rest = { kind: 'rest', count: flattened(folded).length, totalMs } as const;
  return [...rows, { ...rest, trunk: [...above, false] }];
}

/** Never a module without those above it, though a child may be said to have taken longer than its parent. */
function worthShowing<M extends LoadedModule>(
  nodes: readonly LoadNode<M>[],
  wholeMs: number,
): Set<LoadNode<M>> {
  const weights = new Map<LoadNode<M>, number>();
  // From the leaves up; parents stand before their children.
  for (const node of nodes.toReversed()) {
    const below = node.children.map((child) => weights.get(child) ?? 0);
    weights.set(node, Math.max(node.module.totalMs, ...below));
  }
  const weightOf = (node: LoadNode<M>) => weights.get(node) ?? 0;
  // Sorting is stable, so that a parent stands before a child that weighs as much.
  const heaviest = nodes.toSorted((a, b) => weightOf(b) - weightOf(a)).slice(0, mostModules);
  const isLarge = (node: LoadNode<M>) => weightOf(node) >= smallestShare * wholeMs;
  return new Set(heaviest.filter((node, rank) => rank < fewestModules || isLarge(node)));
}

function flattened<M extends LoadedModule>(nodes: readonly LoadNode<M>[]): LoadNode<M>[] {
  const all: LoadNode<M>[] = [];
  const waiting = nodes.toReversed();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    all.push(node);
    waiting.push(...node.children.toReversed());
  }
  return all;
}
