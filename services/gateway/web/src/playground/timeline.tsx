// How long the sandbox of this run took to start, phase by phase, and whether anybody waited for it.
import { duration } from '../frame/figures.ts';
import { PhaseBar, PhaseLegend } from '../frame/phases.tsx';
import { run } from './execution.ts';

export function Timeline() {
  const state = run.value;
  if (state.kind !== 'ended' || state.result.phases === null) return null;
  const { phases, from_warm_pool: isWarm } = state.result;
  const waited = waitOf(state.result.queued_at, state.result.started_at);
  return (
    <section class="timeline" aria-label="Start of the sandbox" data-testid="timeline">
      <div class="timeline-head">
        <span class={`badge ${isWarm ? 'good' : 'busy'}`}>{isWarm ? 'warm' : 'cold start'}</span>
        <span>
          {isWarm
            ? `It was ready before you asked: its start took ${duration(phases.total_ms)}.`
            : `It was started for you in ${duration(phases.total_ms)}.`}
          {waited !== undefined && ` You waited ${duration(waited)}.`}
        </span>
      </div>
      <PhaseBar phases={phases} />
      <PhaseLegend phases={phases} />
    </section>
  );
}

/** From acceptance to the start of the program. */
function waitOf(queued: string | null, started: string | null): number | undefined {
  if (queued === null || started === null) return undefined;
  return Math.max(0, Date.parse(started) - Date.parse(queued));
}
