// Which advice is given: one for each module, and no time saved twice.
import type { Advice } from './advice.ts';
import { ancestors, type LoadedModule } from './load-tree.ts';
import { isWorthwhile } from './savings.ts';

/** Longer lists are read by nobody. */
const mostAdvice = 20;

/**
 * Largest saving first. Of one module the best: what is seen or known before what is guessed, then by
 * saving. A saving is taken from the time of the module, of everything above it, and of init: what others
 * have taken of any of them is gone. Where a module goes with all that it loads, nothing is said of that.
 */
export function weigh(advice: readonly Advice[], initMs: number): Advice[] {
  const left = new Map<LoadedModule, number>();
  const gone = new Set<LoadedModule>();
  const given: Advice[] = [];
  let initLeftMs = initMs;
  for (const one of [...bestOfEach(advice)].sort(bySaving)) {
    const chain = ancestors(one.module);
    if (chain.some((it) => gone.has(it))) continue;
    const leftMs = Math.min(initLeftMs, ...chain.map((it) => left.get(it) ?? it.totalMs));
    const savingMs = roundedDown(Math.min(one.savingMs, leftMs));
    if (!isWorthwhile(savingMs, one.evidence, initMs)) continue;
    for (const it of chain) left.set(it, (left.get(it) ?? it.totalMs) - savingMs);
    initLeftMs -= savingMs;
    if (one.takesBelow) gone.add(one.module);
    given.push({ ...one, savingMs });
    if (given.length === mostAdvice) break;
  }
  return given.sort(bySaving);
}

function bestOfEach(advice: readonly Advice[]): Iterable<Advice> {
  const best = new Map<LoadedModule, Advice>();
  for (const one of advice) {
    const other = best.get(one.module);
    if (other === undefined || isBetter(one, other)) best.set(one.module, one);
  }
  return best.values();
}

function isBetter(one: Advice, other: Advice): boolean {
  if ((one.evidence === 'guessed') !== (other.evidence === 'guessed')) {
    return other.evidence === 'guessed';
  }
  return one.savingMs > other.savingMs;
}

function bySaving(a: Advice, b: Advice): number {
  return b.savingMs - a.savingMs || (a.module.observed.module < b.module.observed.module ? -1 : 1);
}

/** To tenths: sums stay within what was recorded. What is added is for products that are not exact. */
function roundedDown(savingMs: number): number {
  return Math.floor(savingMs * 10 + 1e-9) / 10;
}
