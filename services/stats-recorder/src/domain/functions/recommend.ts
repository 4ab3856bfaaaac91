// What to do about a function's slow start. Pure: the same cold starts give the same words.
import type { ModuleRecommendation } from '@pilotlight/contracts';
import type { Advice } from './advice.ts';
import { confidenceOf } from './confidence.ts';
import { guessedAdvice } from './guessed-advice.ts';
import { knownAdvice } from './known-advice.ts';
import { loadTree } from './load-tree.ts';
import type { ObservedFunction } from './observed.ts';
import { seenAdvice } from './seen-advice.ts';
import { weigh } from './weigh.ts';

/**
 * Largest saving first, at most 20, one for each module; together they save no more than p50 init. Nothing
 * where no cold start told how long its init took. docs/recommendations.md has the formulas.
 */
export function recommend(observed: ObservedFunction): ModuleRecommendation[] {
  const { coldStarts, initP50Ms: initMs } = observed;
  if (initMs === undefined || !Number.isFinite(initMs) || initMs <= 0) return [];
  const start = { coldStarts, initMs, modules: loadTree(observed, initMs) };
  const advice = start.modules.flatMap((module) => [
    ...seenAdvice(module, start),
    ...knownAdvice(module, start),
    ...guessedAdvice(module, start),
  ]);
  return weigh(advice, initMs).map(recommendationOf);
}

function recommendationOf(advice: Advice): ModuleRecommendation {
  const { kind, issue, suggestion, savingMs, module } = advice;
  return {
    module: module.observed.module,
    ...{ kind, issue, suggestion },
    potentialSavingsMs: savingMs,
    confidence: confidenceOf(advice),
    samples: module.observed.samples,
  };
}
