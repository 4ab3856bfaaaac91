// The metrics by name. Those that start with code_runner_ are named by the code runner's own
// documents, labels included; dashboards and scaling rules rely on them.
import type { Metrics } from '@pilotlight/telemetry';
import type { Instruments } from '../app/ports.ts';

const starts = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
/** The code runner's buckets from 100 ms on; below, what a warm sandbox needs. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30];

/** Registers every metric; throws where one is registered already. */
export function prometheusInstruments(metrics: Metrics): Instruments {
  const counted = eventInstruments(metrics);
  const current = stateInstruments(metrics);
  return { ...counted, ...current };
}

function eventInstruments(metrics: Metrics): Omit<Instruments, 'state'> {
  const duration = metrics.histogram(
    'code_runner_execution_duration_seconds',
    'Execution duration',
    ['language', 'status'],
    durations,
  );
  const compiles = metrics.histogram(
    'pilotlight_compile_duration_seconds',
    'Duration of compile stages, by how they ended',
    ['language', 'status'],
    durations,
  );
  const phases = metrics.histogram(
    'pilotlight_sandbox_start_phase_seconds',
    'Time that each phase of a start took',
    ['template', 'phase'],
    starts,
  );
  const acquisitions = metrics.histogram(
    'pilotlight_acquisition_seconds',
    'What requesters waited for their sandbox',
    ['template', 'source'],
    starts,
  );
  const stops = metrics.counter(
    'pilotlight_sandboxes_stopped_total',
    'Sandboxes that ended, by reason',
    ['template', 'reason'],
  );
  return {
    execution({ language, status, seconds, compile }) {
      duration.observe({ language, status }, seconds);
      if (compile !== undefined) {
        compiles.observe({ language, status: compile.status }, compile.seconds);
      }
    },
    measure(measurement) {
      const { template } = measurement;
      switch (measurement.kind) {
        case 'start_phase':
          return phases.observe({ template, phase: measurement.phase }, measurement.seconds);
        case 'acquisition':
          return acquisitions.observe(
            { template, source: measurement.source },
            measurement.seconds,
          );
        case 'stop':
          return stops.inc({ template, reason: measurement.reason });
      }
    },
  };
}

function stateInstruments(metrics: Metrics): Pick<Instruments, 'state'> {
  const warm = metrics.gauge('code_runner_warm_containers', 'Available warm containers', [
    'language',
  ]);
  const coldStarts = metrics.gauge(
    'code_runner_cold_start_rate',
    'Percentage of executions requiring cold start, of the last five minutes',
    ['language'],
  );
  const queue = metrics.gauge('code_runner_queue_depth', 'Number of pending executions', [
    'queue',
    'language',
  ]);
  const sandboxes = metrics.gauge('pilotlight_sandboxes', 'Sandboxes on nodes that live', [
    'template',
    'state',
  ]);
  return {
    state(state) {
      warm.reset();
      for (const [language, count] of state.warm) warm.set({ language }, count);
      sandboxes.reset();
      for (const { template, state: name, count } of state.stock) {
        sandboxes.set({ template, state: name }, count);
      }
      for (const [language, percent] of state.coldStartRate) coldStarts.set({ language }, percent);
      if (state.queues === undefined) return;
      queue.reset();
      for (const { queue: name, language, depth } of state.queues) {
        queue.set({ queue: name, language }, depth);
      }
    },
  };
}
