// Advice from the table: what is known of a package by its name.
import type { Advice, Start } from './advice.ts';
import { shareOf, takes } from './figures.ts';
import { type KnownPackage, knownPackages, knownSaving } from './known-packages.ts';
import { byOwnCode, type LoadedModule } from './load-tree.ts';

/** Speaks from the first cold start on; only of what the user's own code loads, as far as is known. */
export function knownAdvice(module: LoadedModule, start: Start): Advice[] {
  const { name, totalMs } = module;
  const known = knownPackages.get(name.base);
  if (name.owner !== 'package' || name.copy !== '' || known === undefined) return [];
  if (byOwnCode(module) === false || !isWhole(module, known)) return [];
  return [
    {
      ...{ module, kind: known.kind, evidence: 'known', takesBelow: true },
      issue: issueOf(known, module, start),
      suggestion: known.suggestion,
      savingMs: knownSaving(known, totalMs),
    },
  ];
}

function issueOf({ kind, reason }: KnownPackage, module: LoadedModule, start: Start): string {
  const { name, totalMs } = module;
  if (kind === 'whole_sdk') {
    return `Loading entire SDK at startup: ${shareOf(totalMs, module, start)}`;
  }
  return `${name.base} ${takes(totalMs, module, start)}: ${reason}`;
}

/** Whether all of it was loaded, or nobody told which file was the first. */
function isWhole({ observed: { path } }: LoadedModule, { entry }: KnownPackage): boolean {
  return entry === undefined || path === '' || entry.test(path);
}
