// What there is now: sandboxes, queues, and templates that cannot be had.
import type { Metrics } from '@pilotlight/telemetry';
import type { CurrentState } from '../app/ports.ts';

/** Registers the metrics; what is returned replaces their values. */
export function stockInstruments(metrics: Metrics): (state: CurrentState) => void {
  const queue = metrics.gauge('code_runner_queue_depth', 'Number of pending executions', [
    'queue',
    'language',
  ]);
  const warm = metrics.gauge('code_runner_warm_containers', 'Available warm containers', [
    'language',
  ]);
  const sandboxes = metrics.gauge('pilotlight_sandboxes', 'Sandboxes on nodes that live', [
    'template',
    'state',
  ]);
  const leases = metrics.gauge('pilotlight_leases', 'Sandboxes that somebody holds', ['template']);
  const failing = metrics.gauge(
    'pilotlight_template_failing_nodes',
    'Nodes where a template cannot be had: its breaker is open, or it cannot work there',
    ['template'],
  );
  return (state) => {
    warm.reset();
    for (const [language, count] of state.warm) warm.set({ language }, count);
    leases.reset();
    failing.reset();
    for (const { template, failingNodes } of state.templates) {
      leases.set({ template }, 0);
      failing.set({ template }, failingNodes.length);
    }
    sandboxes.reset();
    for (const { template, state: name, count } of state.stock) {
      sandboxes.set({ template, state: name }, count);
      if (name === 'leased') leases.set({ template }, count);
    }
    queue.reset();
    for (const { queue: name, language, depth } of state.queues ?? []) {
      queue.set({ queue: name, language }, depth);
    }
  };
}
