// How sure a recommendation is of itself.
import type { Advice } from './advice.ts';
import { byOwnCode, leastSamples } from './load-tree.ts';

/** A p50 of so many hardly moves with one more. */
const manySamples = 30;

/**
 * | evidence | below 5 cold starts | 5 to 29 | from 30 on |
 * |---|---|---|---|
 * | seen | nothing is said | medium | high |
 * | known, and own code loads it | low | medium | high |
 * | known, and nobody told who loads it | low | low | medium |
 * | guessed | nothing is said | low | low |
 */
export function confidenceOf({ evidence, module }: Advice): 'high' | 'medium' | 'low' {
  const { samples } = module.observed;
  if (evidence === 'guessed' || samples < leastSamples) return 'low';
  if (evidence === 'known' && byOwnCode(module) === undefined) {
    return samples < manySamples ? 'low' : 'medium';
  }
  return samples < manySamples ? 'medium' : 'high';
}
