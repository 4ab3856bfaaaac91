// Where cold starts spend their time.
import { clockTime, duration } from '../frame/figures.ts';
import { PhaseBar, PhaseLegend, type Phases } from '../frame/phases.tsx';
import { starts } from './live.ts';
import { averagesOf } from './start-averages.ts';

/** Average of each phase by template, on one scale. */
export function ColdPhases() {
  const rows = averagesOf(starts.value);
  const scale = Math.max(1, ...rows.map(({ phases }) => phases.total_ms));
  return (
    <section class="panel" aria-labelledby="phases-title">
      <div class="panel-head">
        <h2 id="phases-title">Cold starts by phase</h2>
        <span class="muted small">average of the latest {starts.value.length} starts</span>
      </div>
      {rows.length === 0 ? (
        <p class="nothing">No sandbox was started yet.</p>
      ) : (
        <>
          <ul class="starts">
            {rows.map(({ template, count, phases }) => (
              <StartRow
                key={template}
                {...{ name: template, note: `${count} starts`, phases, scale }}
              />
            ))}
          </ul>
          <PhaseLegend />
        </>
      )}
    </section>
  );
}

const shownSlowest = 8;

/** Of the latest starts, for stock and for waiting callers. */
export function SlowStarts() {
  const slowest = starts.value
    .toSorted((a, b) => b.phases.total_ms - a.phases.total_ms)
    .slice(0, shownSlowest);
  const scale = slowest[0]?.phases.total_ms ?? 1;
  return (
    <section class="panel" aria-labelledby="slow-title">
      <div class="panel-head">
        <h2 id="slow-title">Slowest starts</h2>
        <span class="muted small">of these, for stock and for callers</span>
      </div>
      {slowest.length === 0 ? (
        <p class="nothing">No sandbox was started yet.</p>
      ) : (
        <>
          <ol class="starts">
            {slowest.map(({ sandboxId, template, at, phases }) => (
              <StartRow
                key={sandboxId}
                {...{ name: template, note: clockTime(at), phases, scale }}
              />
            ))}
          </ol>
          <PhaseLegend />
        </>
      )}
    </section>
  );
}

interface StartRowProps {
  readonly name: string;
  readonly note: string;
  readonly phases: Phases;
  readonly scale: number;
}

function StartRow({ name, note, phases, scale }: StartRowProps) {
  return (
    <li>
      <div class="start-head">
        <span>{name}</span>
        <span class="muted">{note}</span>
        <b>{duration(phases.total_ms)}</b>
      </div>
      <PhaseBar phases={phases} scale={scale} />
    </li>
  );
}
