// What to do about it: each remedy that the recorded data call for, with what it would save.
import type { PhaseAnalysis, PolicyChange } from '@pilotlight/contracts';
import { appInitRiseMs, pullsAfterChange } from './deployments.ts';
import { excessOf, largest, ms, phaseOf } from './phases.ts';
import type { RecordedRequests, RecordedTemplate } from './recorded.ts';
import { smallestPool, wantsDemand } from './smallest-pool.ts';
import { layerOrderSaving, paidPullMs, phaseTargetMs } from './targets.ts';

/** The words of the API. */
export const remedyNames = [
  'pre_pull',
  'layer_order',
  'deferred_packages',
  'larger_minimum',
  'lazy_import',
] as const;
export type RemedyName = (typeof remedyNames)[number];

/** A remedy before it has an id. */
export interface Remedy {
  readonly remedy: RemedyName;
  readonly text: string;
  /** Of an average request, in milliseconds; not bounded yet. */
  readonly savingMs: number;
  readonly basis: string;
  readonly policy?: PolicyChange;
}

interface Situation {
  readonly recorded: RecordedTemplate;
  readonly requests: RecordedRequests;
  readonly phases: readonly PhaseAnalysis[];
}

/** In no particular order. They are judged one by one: two that save the same time both say so. */
export function remediesFor(
  recorded: RecordedTemplate,
  phases: readonly PhaseAnalysis[],
): Remedy[] {
  const { requests } = recorded;
  if (requests === undefined || requests.served === 0) return [];
  const situation = { recorded, requests, phases };
  return [
    ...prePull(situation),
    ...layerOrder(situation),
    ...shorterInit(situation),
    ...largerMinimum(situation),
  ];
}

/** Most starts find their image there, so that it is those who do not that the target is for. */
function isPullSlow({ recorded, phases }: Situation): boolean {
  const pull = phaseOf(phases, 'image_pull');
  const paid = recorded.starts?.paidPullP90Ms ?? 0;
  return paid > phaseTargetMs.image_pull || (pull !== undefined && largest(excessOf(pull)) > 0);
}

function prePull(situation: Situation): Remedy[] {
  const { recorded, requests } = situation;
  if (!isPullSlow(situation)) return [];
  const { coldPulls, coldPullSumMs, served } = requests;
  return [
    {
      remedy: 'pre_pull',
      text: `Have the image of ${recorded.template} on every node before it takes requests.`,
      savingMs: coldPullSumMs / served,
      basis:
        `${coldPulls} of ${served} requests waited more than ${ms(paidPullMs)} for an image, ` +
        `${ms(average(coldPullSumMs, coldPulls))} on average.`,
    },
  ];
}

function layerOrder(situation: Situation): Remedy[] {
  const { recorded, requests } = situation;
  const { requests: pulls, sumMs } = pullsAfterChange(recorded.deployments);
  if (pulls === 0 || !isPullSlow(situation)) return [];
  // The time before the range is in the deployments, not in the requests: no more than these paid.
  const paidMs = Math.min(sumMs, requests.coldPullSumMs);
  return [
    {
      remedy: 'layer_order',
      text:
        `Put what changes least into the first layers of the image of ${recorded.template}, ` +
        'so that a new revision is pulled in part.',
      savingMs: (layerOrderSaving * paidMs) / requests.served,
      basis:
        `${pulls} requests waited for the image of a revision that had changed, ` +
        `${ms(average(sumMs, pulls))} on average; better layers save ` +
        `${100 * layerOrderSaving} % of that at least.`,
    },
  ];
}

/** One cause, one remedy: what a revision added can be deferred, what was always there made lazy. */
function shorterInit({ recorded, requests, phases }: Situation): Remedy[] {
  const init = phaseOf(phases, 'app_init');
  const cold = requests.served - requests.warmHits;
  if (init === undefined || cold === 0) return [];
  const excessMs = largest(excessOf(init));
  if (excessMs === 0) return [];
  const riseMs = appInitRiseMs(recorded.deployments);
  const savedMs = Math.min(riseMs > 0 ? riseMs : excessMs, requests.coldAppInitAverageMs);
  const shared = {
    savingMs: (cold / requests.served) * savedMs,
    basis: `${cold} of ${requests.served} requests waited for a cold start`,
  };
  if (riseMs > 0) {
    return [
      {
        remedy: 'deferred_packages',
        text: `Move what the newest revision of ${recorded.template} added from its critical to its deferred packages.`,
        savingMs: shared.savingMs,
        basis: `${shared.basis}, in which app_init takes ${ms(riseMs)} longer than in the revision before.`,
      },
    ];
  }
  return [
    {
      remedy: 'lazy_import',
      text: `Load in ${recorded.template} only what is needed to be ready, and the rest when it is first used.`,
      savingMs: shared.savingMs,
      basis: `${shared.basis}, in which app_init takes ${ms(excessMs)} more than it should.`,
    },
  ];
}

function largerMinimum({ recorded, requests }: Situation): Remedy[] {
  if (!wantsDemand(requests)) return [];
  const pool = smallestPool(recorded.demand, recorded.pool);
  if (pool === undefined) return [];
  const { served, warmHits } = requests;
  const avoided = Math.min(pool.avoidedCold, served - warmHits);
  const gainMs = Math.max(0, requests.coldAverageMs - warmAverageMs(requests));
  const { policy, size } = pool;
  const what = policy?.field === 'max_size' ? 'Let the pool grow to' : 'Keep at least';
  return [
    {
      remedy: 'larger_minimum',
      text: `${what} ${size} warm ${size === 1 ? 'sandbox' : 'sandboxes'} of ${recorded.template}.`,
      savingMs: (avoided / served) * gainMs,
      basis:
        `${warmHits} of ${served} requests found a warm one; with ${size} it would have been ` +
        `${avoided} more, each ${ms(gainMs)} sooner.`,
      ...(policy !== undefined && { policy }),
    },
  ];
}

/** Where nothing was ever warm, what a cold request waited beside the start itself. */
function warmAverageMs(requests: RecordedRequests): number {
  if (requests.warmHits > 0) return requests.warmAverageMs;
  return Math.max(0, requests.coldAverageMs - requests.coldStartAverageMs);
}

function average(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}
