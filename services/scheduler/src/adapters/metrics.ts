// The scheduler's numbers: the queue as it is, and counts of what happened.
import { queueOf } from '@pilotlight/contracts';
import type { Metrics } from '@pilotlight/telemetry';
import type { LeaderTerm } from '../app/leader-term.ts';
import type { Observer } from '../app/ports.ts';
import { templateOfKind } from '../domain/placement.ts';

const waitBucketsSeconds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300, 900];

/** `term`: undefined where this scheduler does not lead; only the leader shows the queue. */
export function observeWith(metrics: Metrics, term: () => LeaderTerm | undefined): Observer {
  showQueue(metrics, term);
  const acquired = metrics.counter('pilotlight_acquires_total', 'Acquires by how they ended.', [
    'outcome',
  ]);
  const waited = metrics.histogram(
    'pilotlight_queue_wait_seconds',
    'From entering the queue to the order to a node.',
    [],
    waitBucketsSeconds,
  );
  const finished = metrics.counter(
    'pilotlight_executions_total',
    'Executions by status; unknown where an earlier result counted.',
    ['status'],
  );
  const setbacks = metrics.counter(
    'pilotlight_attempt_setbacks_total',
    'Attempts that came to nothing, by reason.',
    ['kind'],
  );
  const dead = metrics.counter(
    'pilotlight_dead_requests_total',
    'Requests that went to exec.dead.',
  );
  return {
    acquired: (outcome) => acquired.inc({ outcome }),
    dispatched: (waitedMs) => waited.observe(waitedMs / 1_000),
    finished: (status) => finished.inc({ status }),
    setback: (kind) => setbacks.inc({ kind }),
    dead: () => dead.inc(),
  };
}

function showQueue(metrics: Metrics, term: () => LeaderTerm | undefined): void {
  const depth = metrics.gauge('code_runner_queue_depth', 'Executions that wait to be run.', [
    'queue',
    'language',
  ]);
  const running = metrics.gauge('pilotlight_running_executions', 'Executions on nodes.');
  metrics.onScrape(() => {
    const leader = term();
    depth.reset();
    running.set(leader?.dispatcher.runningCount ?? 0);
    for (const template of leader?.catalogue.templates ?? []) {
      if (template.language === undefined) continue;
      for (const queue of ['priority', 'standard']) {
        depth.set({ queue, language: template.language }, 0);
      }
    }
    for (const { priority, kind, depth: waiting } of leader?.dispatcher.queue.depths() ?? []) {
      const template = leader?.catalogue.templates.find(
        (known) => known.name === templateOfKind(kind),
      );
      depth.inc({ queue: queueOf(priority), language: template?.language ?? kind }, waiting);
    }
  });
}
