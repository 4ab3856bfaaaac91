// The phases of a sandbox's start, as a bar and in words.
import { duration } from './figures.ts';

/** In milliseconds; they follow each other without gaps. */
export interface Phases {
  readonly scheduling_ms: number;
  readonly image_pull_ms: number;
  readonly container_create_ms: number;
  readonly process_start_ms: number;
  readonly app_init_ms: number;
  readonly total_ms: number;
}

/** In the order in which they happen. */
export const phaseNames = [
  ['scheduling_ms', 'Scheduling'],
  ['image_pull_ms', 'Image pull'],
  ['container_create_ms', 'Container create'],
  ['process_start_ms', 'Process start'],
  ['app_init_ms', 'App init'],
] as const;

/** `scale` is the milliseconds of the whole width; by default the total of this start. */
export function PhaseBar({ phases, scale }: { readonly phases: Phases; readonly scale?: number }) {
  const whole = Math.max(scale ?? phases.total_ms, 0.001);
  const spoken = phaseNames
    .map(([field, name]) => `${name} ${duration(phases[field] ?? 0)}`)
    .join(', ');
  return (
    <div class="phase-bar" role="img" aria-label={spoken}>
      {phaseNames.map(([field, name], index) => (
        <span
          key={field}
          class={`phase phase-${index}`}
          style={{ width: `${((phases[field] ?? 0) / whole) * 100}%` }}
          title={`${name}: ${duration(phases[field] ?? 0)}`}
        />
      ))}
    </div>
  );
}

/** Colour, name and, where there are phases, milliseconds of each. */
export function PhaseLegend({ phases }: { readonly phases?: Phases }) {
  return (
    <ul class="phase-legend">
      {phaseNames.map(([field, name], index) => (
        <li key={field}>
          <span class={`swatch phase-${index}`} aria-hidden="true" />
          {name}
          {phases && <b>{duration(phases[field] ?? 0)}</b>}
        </li>
      ))}
    </ul>
  );
}
