// What this node has, for Prometheus. Durations and outcomes come from events, elsewhere.
import type { Metrics } from '@pilotlight/telemetry';
import type { EventOutbox } from '../app/event-outbox.ts';
import type { NodeReporter } from '../app/node-reporter.ts';
import type { SandboxRegistry } from '../app/sandbox-registry.ts';
import type { Stock } from '../app/stock.ts';

export interface MeasuredParts {
  readonly registry: SandboxRegistry;
  readonly reporter: NodeReporter;
  readonly stock: Stock;
  readonly outbox: EventOutbox;
}

/** Gauges are set from what is at each scrape. */
export function registerMetrics(
  metrics: Metrics,
  { registry, reporter, stock, outbox }: MeasuredParts,
): void {
  const sandboxes = metrics.gauge(
    'pilotlight_node_sandboxes',
    'Sandboxes of this node by template and state.',
    ['template', 'state'],
  );
  const failures = metrics.gauge(
    'pilotlight_node_create_failures',
    'Failed creations of a template since its last success.',
    ['template'],
  );
  const waiting = metrics.gauge('pilotlight_node_waiting', 'Callers that wait for a sandbox.', [
    'template',
  ]);
  const unhealthy = metrics.gauge(
    'pilotlight_node_unhealthy_sandboxes',
    'Application sandboxes whose probe gets no good answer.',
    ['template'],
  );
  const runs = metrics.gauge('pilotlight_node_runs', 'Executions under way.');
  const creating = metrics.gauge('pilotlight_node_creates_in_flight', 'Creations under way.');
  const dropped = metrics.gauge(
    'pilotlight_node_events_dropped',
    'Sandbox events dropped since the start, because the bus was away too long.',
  );
  metrics.onScrape(() => {
    const status = reporter.status();
    for (const pool of status.pools) {
      const { template } = pool;
      sandboxes.set({ template, state: 'ready' }, pool.ready);
      sandboxes.set({ template, state: 'creating' }, pool.creating);
      sandboxes.set({ template, state: 'leased' }, pool.leased);
      failures.set({ template }, pool.failures);
      waiting.set({ template }, pool.waiting);
      const ill = registry
        .all()
        .filter(
          (record) => record.template.name === template && record.health?.status === 'unhealthy',
        );
      unhealthy.set({ template }, ill.length);
    }
    runs.set(status.runs);
    creating.set(stock.creating);
    dropped.set(outbox.dropped);
  });
}
