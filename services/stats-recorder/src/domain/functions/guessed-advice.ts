// Advice about what is slow where nothing better is known: it rests on the module's share of init alone.
import type { Advice, Start } from './advice.ts';
import { takes } from './figures.ts';
import { byOwnCode, type LoadedModule, leastSamples, removableMs } from './load-tree.ts';
import { bundledSaving, guessedSaving, highShare, reworkSaving } from './savings.ts';

/** From so few files a bundle makes nothing better. */
const fewFiles = 3;

/** Nothing from fewer than `leastSamples` cold starts, below a tenth of init, or without self times. */
export function guessedAdvice(module: LoadedModule, start: Start): Advice[] {
  const { name, observed, selfMs, totalMs, unusedRate } = module;
  if (observed.samples < leastSamples || selfMs === undefined) return [];
  const least = highShare * start.initMs;
  const isTheirs = byOwnCode(module) === true;
  switch (name.owner) {
    case 'unknown':
      return [];
    case 'builtin':
      return isTheirs && totalMs >= least ? [lazyBuiltin(module, start)] : [];
    case 'own':
      return selfMs >= least ? [slowOwnCode(module, start, selfMs)] : [];
    case 'package':
      if (selfMs >= least) return [slowPackage(module, start, selfMs)];
      return isTheirs && unusedRate === undefined && totalMs >= least
        ? [lazyPackage(module, start)]
        : [];
  }
}

function lazyBuiltin(module: LoadedModule, start: Start): Advice {
  const { observed, totalMs } = module;
  return {
    ...{ module, kind: 'lazy_candidate', evidence: 'guessed', takesBelow: true },
    issue: `${observed.module} is part of Node and ${takes(totalMs, module, start)}`,
    suggestion:
      'If not every call needs it, require it where it is used. It can be neither replaced nor bundled',
    savingMs: guessedSaving * totalMs,
  };
}

function slowOwnCode(module: LoadedModule, start: Start, selfMs: number): Advice {
  return {
    ...{ module, kind: 'high_share', evidence: 'guessed', takesBelow: false },
    issue: `The code of ${module.observed.module} outside of functions ${takes(selfMs, module, start)}`,
    suggestion: 'Do that work when it is first needed, or when the function is built',
    savingMs: reworkSaving * selfMs,
  };
}

/** What it loads is most of it, and may be needed by nothing else. */
function lazyPackage(module: LoadedModule, start: Start): Advice {
  const { observed, totalMs } = module;
  return {
    ...{ module, kind: 'lazy_candidate', evidence: 'guessed', takesBelow: true },
    issue: `${observed.module} ${takes(totalMs, module, start)}, with what it loads`,
    suggestion:
      'If not every call needs it, load it where it is used, with require() or import() inside the function',
    savingMs: guessedSaving * removableMs(module),
  };
}

function slowPackage(module: LoadedModule, start: Start, selfMs: number): Advice {
  const { observed, unusedRate } = module;
  const shared: Omit<Advice, 'suggestion' | 'savingMs'> = {
    ...{ module, kind: 'high_share', evidence: 'guessed', takesBelow: false },
    issue: `${observed.module} ${takes(selfMs, module, start)}, without what it loads`,
  };
  if (byOwnCode(module) === true && unusedRate === undefined) {
    return {
      ...{ ...shared, takesBelow: true },
      suggestion:
        'If not every call needs it, load it where it is used, with require() or import() inside the function; else look for a lighter package',
      savingMs: guessedSaving * removableMs(module),
    };
  }
  if (observed.files > fewFiles) {
    return {
      ...shared,
      suggestion: `Bundle and minify the function: ${observed.module} is ${observed.files} files`,
      savingMs: bundledSaving * selfMs,
    };
  }
  return {
    ...shared,
    suggestion: 'Look for a lighter package, or for a way to need less of it',
    savingMs: reworkSaving * selfMs,
  };
}
