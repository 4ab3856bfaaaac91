// Who loaded whom: the tree that the terminal and the pages draw of a function's modules. It imports nothing, so
// that a page can have it alone.

/** One module of a function's cold starts. */
export interface LoadedModule {
  readonly module: string;
  /** Name of the module that loaded it; empty: the function's entry, or nobody told. */
  readonly parent: string;
  /** Milliseconds, with what it loaded itself. */
  readonly totalMs: number;
  /** Milliseconds without; undefined where nobody told. */
  readonly selfMs: number | undefined;
}

export interface LoadNode<M extends LoadedModule> {
  readonly module: M;
  /** The longest first. */
  readonly children: readonly LoadNode<M>[];
}

/** Whether there is anything to make a tree of: some senders tell no more than totals. */
export function hasLoadDetails(modules: readonly LoadedModule[]): boolean {
  return modules.some(({ parent, selfMs }) => parent !== '' || selfMs !== undefined);
}

/**
 * Every module once, the longest first at each level. Reports are anybody's: a module whose parent is not
 * among them is a root, and so is the longest of those that are said to have loaded each other.
 */
export function loadTree<M extends LoadedModule>(modules: readonly M[]): readonly LoadNode<M>[] {
  const known = new Map(modules.map((module) => [module.module, module]));
  const longestFirst = modules.toSorted(
    (a, b) => b.totalMs - a.totalMs || (a.module < b.module ? -1 : 1),
  );
  const parents = new Map<M, M>();
  const isAbove = (module: M, start: M) => {
    for (let at: M | undefined = start; at !== undefined; at = parents.get(at)) {
      if (at === module) return true;
    }
    return false;
  };
  for (const module of longestFirst.toReversed()) {
    const parent = known.get(module.parent);
    if (parent !== undefined && !isAbove(module, parent)) parents.set(module, parent);
  }
  const childrenOf = Map.groupBy(longestFirst, (module) => parents.get(module));
  return nodesBelow(undefined, childrenOf);
}

function nodesBelow<M extends LoadedModule>(
  parent: M | undefined,
  childrenOf: ReadonlyMap<M | undefined, readonly M[]>,
): readonly LoadNode<M>[] {
  const children = childrenOf.get(parent) ?? [];
  return children.map((module) => ({ module, children: nodesBelow(module, childrenOf) }));
}
