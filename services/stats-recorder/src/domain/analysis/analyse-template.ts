// The whole statement about one template. Pure: the same records give the same words.
import type { Suggestion, TemplateAnalysis } from '@pilotlight/contracts';
import { deploymentTrend } from './deployments.ts';
import { analysePhases, findBottleneck } from './phases.ts';
import type { RecordedTemplate } from './recorded.ts';
import { remediesFor } from './remedies.ts';
import { leastSamples, leastSavingMs, startTargetMs } from './targets.ts';

/** Inconclusive with fewer than `leastSamples` starts. */
export function analyseTemplate(recorded: RecordedTemplate): TemplateAnalysis {
  const { template, starts, requests, deployments } = recorded;
  const phases = starts === undefined ? [] : analysePhases(starts);
  const inconclusive = (starts?.starts ?? 0) < leastSamples;
  const served = requests?.served ?? 0;
  return {
    template,
    inconclusive,
    coldStarts: starts?.starts ?? 0,
    warmHitRate: served > 0 ? (requests?.warmHits ?? 0) / served : undefined,
    p90Ms: starts?.p90Ms ?? 0,
    targetMs: startTargetMs,
    phases,
    bottleneck: inconclusive ? undefined : findBottleneck(phases),
    deployments: deploymentTrend(deployments),
    suggestions: inconclusive ? [] : suggestionsFor(recorded, phases),
  };
}

/** Largest expected saving first. No remedy can save more than an average request waits. */
function suggestionsFor(
  recorded: RecordedTemplate,
  phases: TemplateAnalysis['phases'],
): Suggestion[] {
  const mostMs = recorded.requests?.averageMs ?? 0;
  return remediesFor(recorded, phases)
    .map(({ remedy, text, savingMs, basis, policy }) => ({
      suggestionId: suggestionId(recorded, remedy),
      ...{ template: recorded.template, remedy, text, basis, policy },
      expectedSavingMs: Math.min(Math.max(0, savingMs), mostMs),
    }))
    .filter(({ expectedSavingMs }) => expectedSavingMs >= leastSavingMs)
    .toSorted((a, b) => b.expectedSavingMs - a.expectedSavingMs);
}

/** Counts on when it was carried out, so that the same remedy can be suggested again later. */
function suggestionId({ template, carriedOut }: RecordedTemplate, remedy: string): string {
  return `${template}.${remedy}.${(carriedOut.get(remedy) ?? 0) + 1}`;
}
