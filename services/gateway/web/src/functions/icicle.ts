// Where each module's block lies in the picture of a start: below who loaded it, as wide as it took long.
import type { LoadedModule, LoadNode } from '@pilotlight/contracts/load-tree';

export interface Block<M extends LoadedModule> {
  /** Undefined: the whole start. */
  readonly module: M | undefined;
  readonly parent: Block<M> | undefined;
  /** Levels below the whole start. */
  readonly depth: number;
  /** From 0 to 1 of the picture's width. */
  readonly left: number;
  readonly width: number;
}

/** Blocks of one level that are too narrow to be told apart. */
export interface Rest {
  readonly count: number;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
}

export interface Picture<M extends LoadedModule> {
  readonly blocks: readonly Block<M>[];
  readonly rests: readonly Rest[];
}

/**
 * The whole start, then each module before what it loaded. Medians of parts do not add up to the median of the
 * whole: parts that would be wider than what they are part of are narrowed to it.
 */
export function icicle<M extends LoadedModule>(
  tree: readonly LoadNode<M>[],
  wholeMs: number,
): readonly Block<M>[] {
  const whole = { module: undefined, parent: undefined, depth: 0, left: 0, width: 1 };
  return [whole, ...blocksBelow(whole, tree, wholeMs)];
}

function blocksBelow<M extends LoadedModule>(
  parent: Block<M>,
  nodes: readonly LoadNode<M>[],
  wholeMs: number,
): Block<M>[] {
  const widths = nodes.map(({ module }) => Math.max(0, module.totalMs) / wholeMs);
  const sum = widths.reduce((total, width) => total + width, 0);
  const scale = sum > parent.width ? parent.width / sum : 1;
  let { left } = parent;
  return nodes.flatMap((node, index) => {
    const width = (widths[index] ?? 0) * scale;
    const block = { module: node.module, parent, depth: parent.depth + 1, left, width };
    left += width;
    return [block, ...blocksBelow(block, node.children, wholeMs)];
  });
}

/** Half a percent of the width is a few pixels. */
const narrowest = 0.005;

/** The picture with one block as wide as all of it: what it is in above it, what it holds below. */
export function zoomed<M extends LoadedModule>(
  blocks: readonly Block<M>[],
  on: Block<M>,
): Picture<M> {
  const above = new Set(upFrom(on));
  const whole = Math.max(on.width, Number.EPSILON);
  const shown: Block<M>[] = [];
  const rests = new Map<string, Rest>();
  const hidden = new Set<Block<M>>();
  for (const block of blocks) {
    if (above.has(block)) {
      shown.push({ ...block, left: 0, width: 1 });
      continue;
    }
    if (!upFrom(block).includes(on)) continue;
    const left = (block.left - on.left) / whole;
    const width = block.width / whole;
    if (width >= narrowest) {
      shown.push({ ...block, left, width });
      continue;
    }
    hidden.add(block);
    // What a hidden module loaded is hidden with it.
    if (block.parent === undefined || hidden.has(block.parent)) continue;
    const key = keyOf(block.parent);
    const rest = rests.get(key) ?? { count: 0, depth: block.depth, left, width: 0 };
    rests.set(key, { ...rest, count: rest.count + 1, width: rest.width + width });
  }
  return { blocks: shown, rests: [...rests.values()] };
}

/** The block itself, and all that it is in. */
function upFrom<M extends LoadedModule>(block: Block<M>): readonly Block<M>[] {
  const path: Block<M>[] = [];
  for (let at: Block<M> | undefined = block; at !== undefined; at = at.parent) path.push(at);
  return path;
}

/** Of a block, for as long as its function has a module of this name. */
export function keyOf<M extends LoadedModule>({ module }: Block<M>): string {
  return module === undefined ? '' : `m:${module.module}`;
}

export type Direction = 'in' | 'out' | 'next' | 'previous' | 'first' | 'last';

/** Whom a key leads to, among those that are shown; the block itself where there is nobody. */
export function neighbour<M extends LoadedModule>(
  shown: readonly Block<M>[],
  from: Block<M>,
  to: Direction,
): Block<M> {
  const siblings = shown.filter(
    ({ depth, parent }) => depth === from.depth && isSame(parent, from.parent),
  );
  const at = siblings.findIndex((block) => isSame(block, from));
  switch (to) {
    case 'in':
      return shown.find(({ parent }) => parent !== undefined && isSame(parent, from)) ?? from;
    case 'out':
      return shown.find((block) => isSame(block, from.parent)) ?? from;
    case 'next':
      return siblings[at + 1] ?? from;
    case 'previous':
      return siblings[at - 1] ?? from;
    case 'first':
      return shown[0] ?? from;
    case 'last':
      return shown.at(-1) ?? from;
  }
}

function isSame<M extends LoadedModule>(
  one: Block<M> | undefined,
  other: Block<M> | undefined,
): boolean {
  if (one === undefined || other === undefined) return one === other;
  return keyOf(one) === keyOf(other);
}
