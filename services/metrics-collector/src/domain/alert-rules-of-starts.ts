// Alerts on what requesters wait for: starts, hits, percentiles.
import { minuteMs, percent, seconds } from './alert-figures.ts';
import type { AlertRule, Reading } from './alert-rule.ts';
import type { ObservedTemplate, ObservedTimes } from './observed.ts';

export const slowColdStart: AlertRule = {
  name: 'slow_cold_start',
  measures: 'the slowest start of a template within five minutes, from its order to ready',
  unit: 'seconds',
  comparison: '>',
  levels: [{ severity: 'warning', threshold: 5, forMs: 0 }],
  minSamples: 1,
  resolveAfterMs: minuteMs,
  labels: ['template'],
  source: 'The cold-start document alerts on each start that takes more than 5 s.',
  meaning:
    'At least one sandbox took too long to start. It is told at once, and ends when no such start is among those of the last five minutes.',
  remedy:
    'See which phase took it: `pilotlight analyze <template>`, or the trace of the start. Image pull: prefetch the image or order its layers. App init: defer packages.',
  readings: ({ templates }) =>
    templates.flatMap(({ template, start }) =>
      start === undefined ? [] : [slowestOf(template, start)],
    ),
};

function slowestOf(template: string, start: ObservedTimes): Reading {
  return {
    labels: { template },
    value: start.max,
    samples: start.count,
    summary: `A sandbox of ${template} took ${seconds(start.max)} to start`,
  };
}

export const lowHitRate: AlertRule = {
  name: 'low_hit_rate',
  measures: 'the share of acquires of the last five minutes that got a warm sandbox',
  unit: 'ratio',
  comparison: '<',
  levels: [{ severity: 'warning', threshold: 0.75, forMs: 2 * minuteMs }],
  minSamples: 20,
  resolveAfterMs: 2 * minuteMs,
  labels: [],
  source: "The cold-start document's target for the hit rate is more than 75 %.",
  meaning: 'The pools are too small for the demand, or are not being refilled.',
  remedy:
    'Look at `pilotlight pools`: a target marked ! is held down by a maximum (raise max_size or add a node), a problem in the notes stops its refill, and for a burst raise min_size.',
  readings: ({ templates, warmHitRatio }) => {
    if (warmHitRatio === undefined) return [];
    const worst = templates
      .filter((template) => template.warmHitRatio !== undefined)
      .toSorted((a, b) => (a.warmHitRatio ?? 1) - (b.warmHitRatio ?? 1))[0];
    const detail = worst && ` (${worst.template} ${percent(worst.warmHitRatio ?? 1)})`;
    return [
      {
        labels: {},
        value: warmHitRatio,
        samples: templates.reduce((sum, { acquisition }) => sum + (acquisition.all?.count ?? 0), 0),
        summary: `${percent(warmHitRatio)} of acquires got a warm sandbox${detail ?? ''}`,
      },
    ];
  },
};

export function p99AboveTarget(source: 'warm' | 'cold', threshold: number): AlertRule {
  return {
    name: `p99_above_target_${source}`,
    measures: `the 99th percentile of what requesters waited for a ${source} sandbox, of five minutes`,
    unit: 'seconds',
    comparison: '>',
    levels: [{ severity: 'warning', threshold, forMs: minuteMs }],
    // With fewer the 99th percentile would be the slowest one, and one slow start an alarm.
    minSamples: 100,
    resolveAfterMs: 2 * minuteMs,
    labels: ['template'],
    source: `The cold-start document's targets; PILOTLIGHT_ALERT_${source.toUpperCase()}_P99_MS changes it.`,
    meaning:
      source === 'warm'
        ? 'Even those who get a warm sandbox wait: the nodes, the scheduler or the bus are slow.'
        : 'Starts are slow, or wait for each other: more are ordered at once than the nodes can make.',
    remedy:
      source === 'warm'
        ? "Look at CPU and memory of the nodes, the scheduler's request latency, and the trace of a slow acquire."
        : 'Find the phase with `pilotlight analyze <template>`; raise min_size so that fewer wait for a start.',
    readings: ({ templates }) => templates.flatMap((template) => p99Of(template, source)),
  };
}

function p99Of({ template, acquisition }: ObservedTemplate, source: 'warm' | 'cold'): Reading[] {
  const times = acquisition[source];
  if (times === undefined) return [];
  const summary = `The p99 of ${source} acquires of ${template} is ${seconds(times.p99)}`;
  return [{ labels: { template }, value: times.p99, samples: times.count, summary }];
}
