// How long the calls of a service take, by operation and outcome.
import type { Metrics } from './metrics.ts';

/** Seconds, from what a warm sandbox needs to what a caller still waits for. */
const buckets = [
  0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

export interface ObservedCall {
  /** Of a closed set: the name of a method in its definition. */
  readonly operation: string;
  /** Of a closed set: `ok` or an error code. */
  readonly status: string;
  readonly seconds: number;
}

/** Registers the metric; what is returned is to be told of each call. Once for a process. */
export function requestLatency(metrics: Metrics, component: string): (call: ObservedCall) => void {
  const latency = metrics.histogram(
    'pilotlight_request_latency_seconds',
    'Duration of gRPC calls by how they ended; of streams, how long they were open',
    ['component', 'operation', 'status'],
    buckets,
  );
  return ({ operation, status, seconds }) =>
    latency.observe({ component, operation, status }, seconds);
}
