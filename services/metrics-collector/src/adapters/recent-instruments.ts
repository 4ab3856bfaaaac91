// What the last minutes were like. Where nothing happened there is no series, rather than a 0 that would
// look like a measurement.
import type { GaugeMetric, Metrics } from '@pilotlight/telemetry';
import type { CurrentState } from '../app/ports.ts';
import { type Quantiles, relativeError } from '../domain/latency-sketch.ts';

const window = 'of the last five minutes';
const accuracy = `${window}, within ${100 * relativeError} %; quantile 1 is the maximum, exact`;

/** The label of each quantile. */
const labels = { p50: '0.5', p90: '0.9', p99: '0.99', max: '1' } as const;

/** Registers the metrics; what is returned replaces their values. */
export function recentInstruments(metrics: Metrics): (state: CurrentState) => void {
  const showTemplates = templateInstruments(metrics);
  const coldStarts = metrics.gauge(
    'code_runner_cold_start_rate',
    `Percentage of executions requiring cold start, ${window}`,
    ['language'],
  );
  const errors = metrics.gauge(
    'pilotlight_error_ratio',
    `Share that failed by the platform's fault, ${window}: executions (executor), starts (driver)`,
    ['component'],
  );
  const throughput = metrics.gauge(
    'pilotlight_throughput_per_second',
    `Executions (executor) and starts (driver) a second, ${window}`,
    ['component'],
  );
  const completion = metrics.gauge(
    'pilotlight_completion_ratio',
    `Share of executions whose program ended by itself, ${window}`,
  );
  const agents = metrics.gauge(
    'pilotlight_agent_activity',
    'Users who leased or ran something in the last minute',
  );
  return (state) => {
    showTemplates(state);
    coldStarts.reset();
    for (const [language, percent] of state.coldStartRate) coldStarts.set({ language }, percent);
    errors.reset();
    for (const [component, { perSecond, faultRatio }] of state.components) {
      throughput.set({ component }, perSecond);
      if (faultRatio !== undefined) errors.set({ component }, faultRatio);
    }
    setOrRemove(completion, state.completionRatio);
    agents.set(state.activeAgents);
  };
}

function templateInstruments(metrics: Metrics): (state: CurrentState) => void {
  const acquisitions = metrics.gauge(
    'pilotlight_acquisition_quantile_seconds',
    `What requesters waited for their sandbox, ${accuracy}`,
    ['template', 'source', 'quantile'],
  );
  const starts = metrics.gauge(
    'pilotlight_start_quantile_seconds',
    `Time from the order of a sandbox to ready, ${accuracy}`,
    ['template', 'quantile'],
  );
  const hits = metrics.gauge(
    'pilotlight_warm_hit_ratio',
    `Share of requesters who got a warm sandbox, ${window}`,
    ['template'],
  );
  const allHits = metrics.gauge(
    'pilotlight_warm_hit_ratio_overall',
    `Share of requesters who got a warm sandbox, over all templates, ${window}`,
  );
  return ({ templates, warmHitRatio }) => {
    acquisitions.reset();
    starts.reset();
    hits.reset();
    for (const { template, acquisition, start, warmHitRatio: ratio } of templates) {
      for (const source of ['warm', 'cold', 'all'] as const) {
        for (const { quantile, seconds } of labelled(acquisition[source])) {
          acquisitions.set({ template, source, quantile }, seconds);
        }
      }
      for (const { quantile, seconds } of labelled(start)) {
        starts.set({ template, quantile }, seconds);
      }
      if (ratio !== undefined) hits.set({ template }, ratio);
    }
    setOrRemove(allHits, warmHitRatio);
  };
}

function labelled(quantiles: Quantiles | undefined) {
  if (quantiles === undefined) return [];
  return (['p50', 'p90', 'p99', 'max'] as const).map((name) => ({
    quantile: labels[name],
    seconds: quantiles[name],
  }));
}

function setOrRemove(gauge: GaugeMetric<never>, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}
