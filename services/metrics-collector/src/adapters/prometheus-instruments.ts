// The metrics by name. Those that start with code_runner_ are named by the code runner's own
// documents, labels included; dashboards and scaling rules rely on them.
import { type StreamName, sandboxEventTypes, streams } from '@pilotlight/contracts';
import type { Metrics } from '@pilotlight/telemetry';
import type { Instruments } from '../app/ports.ts';
import { unknown } from '../domain/measurements.ts';
import { nodeInstruments } from './node-instruments.ts';
import { recentInstruments } from './recent-instruments.ts';
import { stockInstruments } from './stock-instruments.ts';

const starts = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
/** The code runner's buckets from 100 ms on; below, what a warm sandbox needs. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30];

/** Registers every metric; throws where one is registered already. */
export function prometheusInstruments(metrics: Metrics): Instruments {
  const showState = [
    stockInstruments(metrics),
    recentInstruments(metrics),
    nodeInstruments(metrics),
  ];
  return {
    measure: eventInstrument(metrics),
    execution: executionInstrument(metrics),
    arrived: messageInstrument(metrics),
    state(state) {
      for (const show of showState) show(state);
    },
  };
}

function executionInstrument(metrics: Metrics): Instruments['execution'] {
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
  const tokens = metrics.counter(
    'pilotlight_token_usage_total',
    'Tokens that agents used: milliseconds of CPU time of their executions',
  );
  return ({ language, status, seconds, compile, cpuMilliseconds }) => {
    duration.observe({ language, status }, seconds);
    if (compile !== undefined) {
      compiles.observe({ language, status: compile.status }, compile.seconds);
    }
    tokens.inc(cpuMilliseconds);
  };
}

function eventInstrument(metrics: Metrics): Instruments['measure'] {
  const events = metrics.counter(
    'pilotlight_sandbox_events_total',
    'Steps in the lives of sandboxes; unknown for types that this version has not heard of',
    ['type'],
  );
  for (const type of [...sandboxEventTypes, unknown]) events.inc({ type }, 0);
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
  return (measurement) => {
    switch (measurement.kind) {
      case 'event':
        return events.inc({ type: measurement.type });
      case 'start_phase': {
        const { template, phase, seconds } = measurement;
        return phases.observe({ template, phase }, seconds);
      }
      case 'acquisition': {
        const { template, source, seconds } = measurement;
        return acquisitions.observe({ template, source }, seconds);
      }
      case 'stop':
        return stops.inc({ template: measurement.template, reason: measurement.reason });
      case 'failed_start':
    }
  };
}

function messageInstrument(metrics: Metrics): Instruments['arrived'] {
  const messages = metrics.counter(
    'pilotlight_messages_total',
    'Messages that were published, by the stream that keeps them',
    ['stream'],
  );
  for (const stream of Object.keys(streams) as StreamName[]) messages.inc({ stream }, 0);
  return (stream, count) => messages.inc({ stream }, count);
}
