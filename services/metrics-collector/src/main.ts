// The metrics-collector: lifecycle events and results become Prometheus metrics and traces.
import { loadConfig, serverTlsOf } from '@pilotlight/config';
import {
  busCheck,
  electLeader,
  openBus,
  runService,
  type ServiceContext,
  systemClock,
} from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { serveRpc } from '@pilotlight/rpc';
import { type Metrics, serveOps } from '@pilotlight/telemetry';
import { alertMetrics } from './adapters/alert-metrics.ts';
import { alertWebhook } from './adapters/alert-webhook.ts';
import { prometheusInstruments } from './adapters/prometheus-instruments.ts';
import { spanMetrics } from './adapters/span-metrics.ts';
import { type AlertChannel, logChannel, publishAlert } from './app/alert-channels.ts';
import { Alerting, type AlertingOptions } from './app/alerting.ts';
import { Collector } from './app/collector.ts';
import { type DeliveryOptions, DeliveryQueue } from './app/delivery-queue.ts';
import { Tracing } from './app/tracing.ts';
import { configSchema } from './config.ts';
import { alertRules } from './domain/alert-rules.ts';

const name = 'metrics-collector';
type Config = ReturnType<typeof loadConfig<typeof configSchema>>;

await runService(name, async (context) => {
  const { logger, metrics, scope, startup } = context;
  const config = await startup.component('configuration', () => loadConfig(configSchema));
  const bus = await openBus(config, context, name);

  const instruments = prometheusInstruments(metrics);
  const tracing = await openTracing(config, metrics, context);
  const snapshot = () => collector.snapshot();
  const alerting = createAlerting({ config, bus, metrics, snapshot }, context);
  const listeners = tracing === undefined ? [alerting] : [alerting, tracing];
  const collector = new Collector({ bus, clock: systemClock, instruments, logger, listeners });
  const ended = new AbortController();
  const collecting = collector.run(ended.signal);
  scope.defer('collector', () => {
    ended.abort();
    return collecting;
  });
  await startup.component('catalogue', () => collector.ready);

  // It offers no service of its own: probes that speak gRPC ask it for its health.
  const server = await startup.component('rpc', () =>
    serveRpc({
      address: config.rpcAddress,
      tls: serverTlsOf(config, 'require'),
      services: [],
      health: () => bus.status === 'connected',
      logger,
    }),
  );
  scope.defer('gRPC server', () => server.close(1_000));
  const ops = await startup.component('ops', () =>
    serveOps({
      address: config.opsAddress,
      metrics,
      ready: () => ({ checks: [busCheck(bus)] }),
    }),
  );
  scope.defer('ops server', () => ops.close());
  await runAlerting(alerting, { bus, holder: config.instance, address: server.address }, context);
  logger.info({ rpc: server.address, ops: ops.address }, 'serving');
});

/** Undefined where no receiver is set. */
async function openTracing(
  { otlpEndpoint, otlpHeaders, traceRatio }: Config,
  metrics: Metrics,
  { logger, scope, startup }: ServiceContext,
): Promise<Tracing | undefined> {
  const counted = spanMetrics(metrics);
  if (otlpEndpoint === undefined) return undefined;
  const { otlpExporter } = await startup.component('tracing', () => {
    return import('./adapters/otlp-exporter.ts');
  });
  const tracing = new Tracing({
    exporter: otlpExporter({ endpoint: otlpEndpoint, headers: otlpHeaders }),
    ...{ counted, clock: systemClock, ratio: traceRatio, logger },
  });
  scope.defer('tracing', () => tracing.close());
  return tracing;
}

interface AlertingParts extends Pick<AlertingOptions, 'snapshot'> {
  readonly config: Config;
  readonly bus: Bus;
  readonly metrics: Metrics;
}

function createAlerting(
  { config, bus, metrics, snapshot }: AlertingParts,
  { logger, scope }: ServiceContext,
): Alerting {
  const rules = alertRules({
    warmP99Seconds: config.alertWarmP99Ms / 1_000,
    coldP99Seconds: config.alertColdP99Ms / 1_000,
  });
  const instruments = alertMetrics(metrics, rules);
  const queued = (channel: string, deliver: DeliveryOptions['deliver']): AlertChannel => {
    const count = instruments.deliveries(channel);
    const queue = new DeliveryQueue({ channel, clock: systemClock, logger, deliver, count });
    scope.defer(`alerts to ${channel}`, () => queue.stop());
    return queue;
  };
  const { alertWebhook: address } = config;
  const channels = [
    ...[logChannel(logger), instruments],
    queued('nats', (alert) => publishAlert(bus, alert)),
    ...(address === undefined ? [] : [queued('webhook', alertWebhook(address.reveal()))]),
  ];
  return new Alerting({ bus, clock: systemClock, rules, channels, instruments, logger, snapshot });
}

/** Of all collectors one decides about alerts. */
async function runAlerting(
  alerting: Alerting,
  candidate: { readonly bus: Bus; readonly holder: string; readonly address: string },
  { scope, signal }: ServiceContext,
): Promise<void> {
  const ended = new AbortController();
  const running = alerting.run(ended.signal);
  scope.defer('alerting', () => {
    ended.abort();
    return running;
  });
  const election = await electLeader({
    ...{ ...candidate, service: name, clock: systemClock, signal },
    onElected: (_, term) => alerting.lead(term),
  });
  scope.defer('candidacy', () => election.stop());
}
