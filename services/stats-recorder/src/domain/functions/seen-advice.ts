// Advice that the cold starts themselves show, whatever the module is called.
import { ms } from '../analysis/phases.ts';
import type { Advice, Start } from './advice.ts';
import { count, takes } from './figures.ts';
import { below, type LoadedModule, leastSamples, rareFrom, removableMs } from './load-tree.ts';
import { isIndexFile } from './module-names.ts';
import { bundledSaving, deferredSaving } from './savings.ts';

/** Part of the starts whose first call ran none of a module, from which on it counts as unused. */
const unusedFrom = 0.95;

/** Modules below an own index file, and files of a package, from which on it is a barrel. */
const barrelModules = 8;
const barrelFiles = 100;
/** Part of a barrel's time that is its own at most, and that the first call does without at least. */
const barrelOwnShare = 0.2;
const barrelUnusedShare = 0.5;

/** Each may speak of the same time; the caller chooses. Nothing from fewer than `leastSamples` cold starts. */
export function seenAdvice(module: LoadedModule, start: Start): Advice[] {
  const { name, observed } = module;
  if (observed.samples < leastSamples) return [];
  if (name.owner === 'unknown' || name.owner === 'builtin') return [];
  return [
    ...unused(module, start),
    ...duplicateVersion(module, start),
    ...ownBarrel(module, start),
    ...packageBarrel(module, start),
    ...outsideBundle(module, start),
  ];
}

function unused(module: LoadedModule, start: Start): Advice[] {
  const { unusedRate, observed } = module;
  if (unusedRate === undefined || unusedRate < rareFrom) return [];
  const { module: name, tellingStarts, unusedStarts } = observed;
  const goneMs = removableMs(module);
  const figure = takes(goneMs, module, start);
  const shared = { module, evidence: 'seen', takesBelow: true } as const;
  const counted = `${unusedStarts} of ${tellingStarts} first calls`;
  if (unusedRate >= unusedFrom) {
    return [
      {
        ...{ ...shared, kind: 'unused', savingMs: deferredSaving * goneMs },
        issue: `${name} ${figure}, and ${counted} ran nothing of it`,
        suggestion:
          'Load it where it is used, with require() or import() inside the function, or remove it',
      },
    ];
  }
  return [
    {
      ...{ ...shared, kind: 'lazy_candidate', savingMs: deferredSaving * unusedRate * goneMs },
      issue: `${name} ${figure}, but ${counted} did without it`,
      suggestion: 'Load it where it is used, with require() or import() inside the function',
    },
  ];
}

/** The cheapest copy is the one that goes: the other versions may be asked for by name. */
function duplicateVersion(module: LoadedModule, start: Start): Advice[] {
  const { name, observed } = module;
  if (name.owner !== 'package') return [];
  const copies = start.modules.filter(
    (it) => it.name.owner === 'package' && it.name.base === name.base && it.totalMs > 0,
  );
  if (copies.length < 2 || copies.toSorted(byOwnTime)[0] !== module) return [];
  const versions = copies.map(versionOf).toSorted();
  const ownMs = module.selfMs ?? module.totalMs;
  const loadedBy = observed.parent === '' ? '' : `, loaded by ${observed.parent},`;
  return [
    {
      ...{ module, kind: 'duplicate_version', evidence: 'seen', takesBelow: false },
      issue: `${name.base} is loaded ${copies.length === 2 ? 'twice' : `${copies.length} times`} (${versions.join(' and ')}): ${observed.module}${loadedBy} ${takes(ownMs, module, start)}`,
      suggestion: `Let all ask for the same version of ${name.base}: npm dedupe, or overrides in package.json`,
      savingMs: deferredSaving * ownMs,
    },
  ];
}

const timeOf = (module: LoadedModule) => module.selfMs ?? module.totalMs;
const byOwnTime = (a: LoadedModule, b: LoadedModule) =>
  timeOf(a) - timeOf(b) || (a.observed.module < b.observed.module ? 1 : -1);

function versionOf({ observed, name }: LoadedModule): string {
  return observed.version || name.copy || 'unknown version';
}

/** An own index file that loads much of which the first call runs little. */
function ownBarrel(module: LoadedModule, start: Start): Advice[] {
  const { name, observed, selfMs, totalMs } = module;
  if (name.owner !== 'own' || !isIndexFile(observed.path || name.base)) return [];
  if (selfMs === undefined || selfMs > barrelOwnShare * totalMs) return [];
  const loaded = below(module).length;
  const unusedMs = module.children
    .filter((it) => it.unusedRate !== undefined && it.unusedRate >= unusedFrom)
    .reduce((sumMs, it) => sumMs + removableMs(it), 0);
  const goneMs = Math.min(unusedMs, totalMs - selfMs);
  if (loaded < barrelModules || goneMs < barrelUnusedShare * totalMs) return [];
  return [
    {
      ...{ module, kind: 'barrel_import', evidence: 'seen', takesBelow: true },
      issue: `${observed.module} loads ${loaded} modules and ${takes(totalMs, module, start)}, of which ${ms(goneMs)} are for what the first call runs nothing of`,
      suggestion: 'Import what is needed from its own file in place of the index file',
      savingMs: deferredSaving * goneMs,
    },
  ];
}

/** A package of many files behind its index file: whoever imports one name loads them all. */
function packageBarrel(module: LoadedModule, start: Start): Advice[] {
  const { name, observed, selfMs } = module;
  if (name.owner !== 'package' || selfMs === undefined || !isIndexFile(observed.path)) return [];
  if (observed.files < barrelFiles) return [];
  return [
    {
      ...{ module, kind: 'barrel_import', evidence: 'seen', takesBelow: false },
      issue: `${observed.module} loads ${observed.files} files through its index file and ${takes(selfMs, module, start)}`,
      suggestion:
        'Import what is needed from a file of its own where the package has it, or bundle the function, which leaves out what is not used',
      savingMs: bundledSaving * selfMs,
    },
  ];
}

function outsideBundle(module: LoadedModule, start: Start): Advice[] {
  const { name, observed, selfMs } = module;
  if (name.owner !== 'package' || selfMs === undefined) return [];
  if (!/(^|\/)node_modules\//.test(observed.path)) return [];
  if (!start.modules.some((it) => it.observed.module === '(bundle)')) return [];
  return [
    {
      ...{ module, kind: 'outside_bundle', evidence: 'seen', takesBelow: false },
      issue: `${observed.module} is loaded from ${count(observed.files, 'file')} beside the bundle and ${takes(selfMs, module, start)}`,
      suggestion: 'Have the bundler include it: remove it from the external packages',
      savingMs: bundledSaving * selfMs,
    },
  ];
}
