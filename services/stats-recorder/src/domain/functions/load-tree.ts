// Who loaded whom, with times that can be counted on: finite, and within init.
import { type ParsedName, parseName } from './module-names.ts';
import type { ObservedFunction, ObservedModule } from './observed.ts';

export interface LoadedModule {
  readonly observed: ObservedModule;
  readonly name: ParsedName;
  /** Milliseconds; undefined where no sender told. */
  readonly selfMs: number | undefined;
  /** Milliseconds with what it loaded, never more than init. */
  readonly totalMs: number;
  /** Undefined: nobody that is known, which may be the function's own entry. */
  readonly parent: LoadedModule | undefined;
  readonly children: readonly LoadedModule[];
  /** Of the starts that could tell, those whose first call ran none of it; undefined with too few. */
  readonly unusedRate: number | undefined;
}

/** Fewer cold starts say nothing that a table does not know. */
export const leastSamples = 5;

/** Part of the starts whose first call ran none of a module, from which on a start can do without it. */
export const rareFrom = 0.5;

interface Growing extends LoadedModule {
  parent: LoadedModule | undefined;
  readonly children: LoadedModule[];
}

/** By name, so that the order given changes nothing. A parent that is its own ancestor is left out. */
export function loadTree(observed: ObservedFunction, initMs: number): readonly LoadedModule[] {
  const within = (ms: number | undefined) =>
    ms !== undefined && ms >= 0 ? Math.min(ms, initMs) : undefined;
  const modules = new Map<string, Growing>();
  for (const module of observed.modules.toSorted(byName)) {
    const selfMs = within(module.selfP50Ms);
    const totalMs = Math.max(within(module.totalP50Ms) ?? 0, selfMs ?? 0);
    modules.set(module.module, {
      ...{ observed: module, name: parseName(module.module), selfMs, totalMs },
      ...{ parent: undefined, children: [], unusedRate: unusedRate(module) },
    });
  }
  for (const module of modules.values()) {
    const parent = modules.get(module.observed.parent);
    if (parent === undefined || ancestors(parent).includes(module)) continue;
    module.parent = parent;
    parent.children.push(module);
  }
  return [...modules.values()];
}

function byName(a: ObservedModule, b: ObservedModule): number {
  return a.module < b.module ? -1 : 1;
}

/** The module itself, and all above it. */
export function ancestors(module: LoadedModule): LoadedModule[] {
  const chain: LoadedModule[] = [];
  for (let at: LoadedModule | undefined = module; at !== undefined; at = at.parent) chain.push(at);
  return chain;
}

/** All that it loaded, and what that loaded. */
export function below(module: LoadedModule): LoadedModule[] {
  return module.children.flatMap((child) => [child, ...below(child)]);
}

/** Whether the user's own code loaded it, so that it is theirs to change; undefined where nobody told. */
export function byOwnCode({ selfMs, parent, observed }: LoadedModule): boolean | undefined {
  if (selfMs === undefined) return undefined;
  if (observed.parent === '') return true;
  const owner = parent?.name.owner ?? parseName(observed.parent).owner;
  return owner === 'own' || observed.parent === '(bundle)';
}

/**
 * Milliseconds that go when nobody loads it at the start: its total, without those below it that the
 * first call runs, because something else would load them.
 */
export function removableMs(module: LoadedModule): number {
  return Math.max(0, module.totalMs - neededBelow(module));
}

function neededBelow(module: LoadedModule): number {
  let sumMs = 0;
  for (const child of module.children) {
    const needed = child.unusedRate !== undefined && child.unusedRate < rareFrom;
    sumMs += needed ? child.totalMs : neededBelow(child);
  }
  return sumMs;
}

function unusedRate({ tellingStarts, unusedStarts }: ObservedModule): number | undefined {
  if (!(tellingStarts >= leastSamples)) return undefined;
  return Math.min(1, Math.max(0, unusedStarts / tellingStarts));
}
