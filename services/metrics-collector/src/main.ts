// The metrics-collector: lifecycle events and results become Prometheus metrics.
import { loadConfig } from '@pilotlight/config';
import { openBus, runService, systemClock } from '@pilotlight/lifecycle';
import { createMetrics, serveOps } from '@pilotlight/telemetry';
import { prometheusInstruments } from './adapters/prometheus-instruments.ts';
import { Collector } from './app/collector.ts';
import { configSchema } from './config.ts';

const name = 'metrics-collector';

await runService(name, async (context) => {
  const { logger, scope } = context;
  const config = loadConfig(configSchema);
  const bus = await openBus(config, context);

  const metrics = createMetrics(name);
  const instruments = prometheusInstruments(metrics);
  const collector = new Collector({ bus, clock: systemClock, instruments, logger });
  const ended = new AbortController();
  const collecting = collector.run(ended.signal);
  scope.defer('collector', () => {
    ended.abort();
    return collecting;
  });
  await collector.ready;

  const ops = await serveOps({
    address: config.opsAddress,
    metrics,
    ready: () => ({ checks: [{ name: 'bus', ok: bus.status === 'connected' }] }),
  });
  scope.defer('ops server', () => ops.close());
  logger.info({ ops: ops.address }, 'serving');
});
