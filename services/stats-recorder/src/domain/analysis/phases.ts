// Where the starts of a template lose time: each phase against its target and its own history.
import type { Bottleneck, PhaseAnalysis } from '@pilotlight/contracts';
import type { RecordedStarts } from './recorded.ts';
import {
  historyTolerance,
  leastRiseMs,
  leastSamples,
  type PhaseName,
  phaseNames,
  phaseTargetMs,
} from './targets.ts';

/** In the order of a start. The share is of what all starts together took. */
export function analysePhases(recorded: RecordedStarts): PhaseAnalysis[] {
  return phaseNames.map((phase) => {
    const { p50Ms, p90Ms, averageMs, historyP50Ms } = recorded.phases[phase];
    const hasHistory = recorded.historyStarts >= leastSamples;
    return {
      ...{ phase, p50Ms, p90Ms, targetMs: phaseTargetMs[phase] },
      historyP50Ms: hasHistory ? historyP50Ms : undefined,
      share: recorded.averageMs > 0 ? Math.min(1, averageMs / recorded.averageMs) : 0,
    };
  });
}

/** By how much a phase is slower than it should be, and than it was; 0 where it is not. */
export interface Excess {
  readonly aboveTargetMs: number;
  readonly aboveHistoryMs: number;
}

/** Noise is no excess: see `historyTolerance` and `leastRiseMs`. */
export function excessOf(phase: PhaseAnalysis): Excess {
  const rise = risenBy(phase.p50Ms, phase.historyP50Ms);
  return { aboveTargetMs: Math.max(0, phase.p50Ms - phase.targetMs), aboveHistoryMs: rise };
}

/** Milliseconds by which a value is larger than it was, 0 where that is noise or nothing is known. */
export function risenBy(nowMs: number, beforeMs: number | undefined): number {
  if (beforeMs === undefined) return 0;
  const rise = nowMs - beforeMs;
  return rise >= leastRiseMs && rise > historyTolerance * beforeMs ? rise : 0;
}

/** The phase with the largest excess; of equals the earlier one. Undefined where there is none. */
export function findBottleneck(phases: readonly PhaseAnalysis[]): Bottleneck | undefined {
  const worst = phases
    .map((phase) => ({ phase, excess: excessOf(phase) }))
    .toSorted((a, b) => largest(b.excess) - largest(a.excess))[0];
  if (worst === undefined || largest(worst.excess) === 0) return undefined;
  const { phase, excess } = worst;
  return {
    phase: phase.phase,
    cause: causeOf(excess),
    excessMs: largest(excess),
    explanation: explain(phase, excess),
  };
}

export function largest({ aboveTargetMs, aboveHistoryMs }: Excess): number {
  return Math.max(aboveTargetMs, aboveHistoryMs);
}

function causeOf({ aboveTargetMs, aboveHistoryMs }: Excess): string {
  if (aboveTargetMs > 0 && aboveHistoryMs > 0) return 'both';
  return aboveTargetMs > 0 ? 'above_target' : 'above_history';
}

const aboutScheduling =
  'Starts waited for each other. That of refills, which are paced and for which nobody waits, counts too.';

function explain(phase: PhaseAnalysis, { aboveTargetMs, aboveHistoryMs }: Excess): string {
  const reasons = [
    ...(aboveTargetMs > 0 ? [`its target is ${ms(phase.targetMs)}`] : []),
    ...(aboveHistoryMs > 0 ? [`it was ${ms(phase.historyP50Ms ?? 0)} before`] : []),
  ];
  const share = `${Math.round(100 * phase.share)} % of a start`;
  const found = `${phase.phase} takes ${ms(phase.p50Ms)}, ${share}; ${reasons.join(', and ')}.`;
  return phase.phase === 'scheduling' ? `${found} ${aboutScheduling}` : found;
}

/** The analysis of one phase. */
export function phaseOf(
  phases: readonly PhaseAnalysis[],
  wanted: PhaseName,
): PhaseAnalysis | undefined {
  return phases.find(({ phase }) => phase === wanted);
}

/** For sentences: `0.4 ms`, `12 ms`, `3,200 ms`. */
export function ms(value: number): string {
  if (value < 10) return `${value.toFixed(1)} ms`;
  return `${Math.round(value).toLocaleString('en-US')} ms`;
}
