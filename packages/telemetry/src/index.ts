// What a service says about itself: logs, metrics, and the endpoint for operators.
export {
  createLogger,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  logLevels,
} from './logger.ts';
export {
  type CounterMetric,
  createMetrics,
  type GaugeMetric,
  type HistogramMetric,
  type Metrics,
} from './metrics.ts';
export {
  type OpsServer,
  type OpsServerOptions,
  type ReadinessCheck,
  type ReadinessReport,
  serveOps,
} from './ops.ts';
export { type ObservedCall, requestLatency } from './request-latency.ts';
