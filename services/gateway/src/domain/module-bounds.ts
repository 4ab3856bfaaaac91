// What is kept of the modules in one report: the 500 that take longest, under names of a bounded length.
import type { ModuleDetail } from '@pilotlight/contracts';
import { storableName } from './storable-text.ts';

/** Entries of module_timings beside `otherModules`, and of module_details. */
export const mostModules = 500;
/** Characters of a module's name, and of its parent's. Longer ones are cut. */
export const mostNameCharacters = 255;
/** Of a module's path. */
export const mostPathCharacters = 512;
/** Of a package's version. */
export const mostVersionCharacters = 64;
/** The sum of what was not kept. */
export const otherModules = '(other modules)';

type Timings = Record<string, number>;

/**
 * The longest 500 and, where there were more, their rest as one entry; what the sender itself had summed
 * up stays there. Names that become alike by being cut are added up. A name may be anything, also
 * `__proto__`. Returns what it was given where nothing is to be done.
 */
export function boundedTimings(given: Timings): Timings {
  const names = Object.keys(given);
  const isGood = names.every((name) => storableName(name, mostNameCharacters) === name);
  if (isGood && names.length <= mostModules) return given;
  const byName = new Map<string, number>();
  for (const name of names) add(byName, storableName(name, mostNameCharacters), given[name] ?? 0);
  const before = byName.get(otherModules);
  byName.delete(otherModules);
  const sorted = [...byName].toSorted(longestFirst);
  const rest = sorted.slice(mostModules);
  const kept = new Map(sorted.slice(0, mostModules));
  if (before !== undefined || rest.length > 0) {
    kept.set(
      otherModules,
      rest.reduce((sum, [, ms]) => sum + ms, before ?? 0),
    );
  }
  // Defines members, where an assignment to `__proto__` would not.
  return Object.fromEntries(kept);
}

/** The 500 with the longest self time, in the order given. Returns what it was given where that is all. */
export function boundedDetails(given: ModuleDetail[]): ModuleDetail[] {
  if (given.length <= mostModules) return given;
  const longest = given.toSorted((a, b) => b.selfMs - a.selfMs).slice(0, mostModules);
  const kept = new Set(longest);
  return given.filter((detail) => kept.has(detail));
}

function add(byName: Map<string, number>, name: string, ms: number): void {
  byName.set(name, (byName.get(name) ?? 0) + ms);
}

/** The same ones are kept however they were ordered. */
function longestFirst([a, aMs]: [string, number], [b, bMs]: [string, number]): number {
  return bMs - aMs || (a < b ? -1 : 1);
}
