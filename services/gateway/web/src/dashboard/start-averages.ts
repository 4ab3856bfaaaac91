// Where the starts of each template spend their time, on average.
import type { Phases } from '../frame/phases.tsx';

export interface TemplateAverage {
  readonly template: string;
  readonly count: number;
  readonly phases: Phases;
}

/** Slowest template first. */
export function averagesOf(
  starts: readonly { readonly template: string; readonly phases: Phases }[],
): readonly TemplateAverage[] {
  const byTemplate = Map.groupBy(starts, ({ template }) => template);
  const averages = [...byTemplate].map(([template, of]) => {
    const average = (field: keyof Phases) =>
      of.reduce((sum, { phases }) => sum + (phases[field] ?? 0), 0) / of.length;
    const phases = {
      scheduling_ms: average('scheduling_ms'),
      image_pull_ms: average('image_pull_ms'),
      container_create_ms: average('container_create_ms'),
      process_start_ms: average('process_start_ms'),
      app_init_ms: average('app_init_ms'),
      total_ms: average('total_ms'),
    };
    return { template, count: of.length, phases };
  });
  return averages.toSorted((a, b) => b.phases.total_ms - a.phases.total_ms);
}
