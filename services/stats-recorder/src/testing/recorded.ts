// Records of one template as the analysis takes them, with only what a test cares about spelled out.
import type {
  PhaseQuantiles,
  RecordedDeployment,
  RecordedRequests,
  RecordedStarts,
  RecordedTemplate,
} from '../domain/analysis/recorded.ts';
import { type PhaseName, phaseTargetMs } from '../domain/analysis/targets.ts';

/** A phase that always takes the same, now and before. */
export function phase(ms: number, historyP50Ms: number | undefined = ms): PhaseQuantiles {
  return { p50Ms: ms, p90Ms: ms, averageMs: ms, historyP50Ms };
}

/** Twenty starts, each phase as long as it may be. */
export function starts(
  phases: Partial<Record<PhaseName, PhaseQuantiles>> = {},
  changes: Partial<RecordedStarts> = {},
): RecordedStarts {
  const all = {
    scheduling: phase(phaseTargetMs.scheduling),
    image_pull: phase(0),
    container_create: phase(phaseTargetMs.container_create),
    process_start: phase(phaseTargetMs.process_start),
    app_init: phase(phaseTargetMs.app_init),
    ...phases,
  };
  const averageMs = Object.values(all).reduce((sum, one) => sum + one.averageMs, 0);
  return {
    ...{ starts: 20, historyStarts: 20, p90Ms: averageMs, averageMs, phases: all },
    ...{ paidPullP90Ms: 0, ...changes },
  };
}

/** A hundred requests, as many of them warm as there should be at least. */
export function requests(changes: Partial<RecordedRequests> = {}): RecordedRequests {
  return {
    ...{ served: 100, warmHits: 75, averageMs: 505, warmAverageMs: 5, coldAverageMs: 2_005 },
    ...{ coldStartAverageMs: 2_000, coldAppInitAverageMs: 1_500, coldPulls: 0, coldPullSumMs: 0 },
    ...changes,
  };
}

export function deployment(changes: Partial<RecordedDeployment> = {}): RecordedDeployment {
  return {
    ...{ templateRevision: 'aaa', platformVersion: '0.1.0', firstSeen: new Date(0), starts: 20 },
    ...{ p50Ms: 2_000, p90Ms: 2_100, appInitP50Ms: 1_500, coldPulls: 0, coldPullSumMs: 0 },
    ...changes,
  };
}

export function recorded(changes: Partial<RecordedTemplate> = {}): RecordedTemplate {
  return {
    ...{ template: 'nextjs', starts: starts(), requests: requests(), deployments: [deployment()] },
    ...{ demand: [], pool: undefined, carriedOut: new Map(), ...changes },
  };
}
