// An executor whose sandboxes are made of nothing: everything of the real one but its driver, so
// that ten thousand leases take seconds. A process of its own, as the real one.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig } from '@pilotlight/config';
import { NodeServiceDefinition } from '@pilotlight/contracts';
import { runService, type ServiceContext, systemClock } from '@pilotlight/lifecycle';
import { connectBus } from '@pilotlight/messaging';
import { bind, serveRpc } from '@pilotlight/rpc';
import { createFakeDriver } from '@pilotlight/sandbox-runtime';
import { createMetrics, serveOps } from '@pilotlight/telemetry';
import {
  createBusEventLog,
  createBusOutputLog,
} from '../../services/executor/src/adapters/bus-logs.ts';
import { createBusResultStore } from '../../services/executor/src/adapters/bus-result-store.ts';
import { createFileSpool } from '../../services/executor/src/adapters/file-spool.ts';
import { openHttpProbe } from '../../services/executor/src/adapters/http-probe.ts';
import { createKvNodeInventory } from '../../services/executor/src/adapters/kv-node-inventory.ts';
import { createNodeService } from '../../services/executor/src/api/node-service.ts';
import { followCatalogue, followPlan } from '../../services/executor/src/api/subscriptions.ts';
import { drain } from '../../services/executor/src/app/drain.ts';
import { EventOutbox } from '../../services/executor/src/app/event-outbox.ts';
import { createExecutor } from '../../services/executor/src/app/executor.ts';
import { NodeReporter } from '../../services/executor/src/app/node-reporter.ts';
import {
  configSchema,
  newIncarnation,
  nodeName,
  platformVersion,
  stateDirOf,
} from '../../services/executor/src/config.ts';

const clock = systemClock;
/** A start is never over at once: so stock runs out, and callers wait for what is on its way. */
const startMs = 3;

await runService('executor', async (context) => {
  const { logger, scope } = context;
  const config = loadConfig(configSchema);
  const bus = await connectBus({
    servers: config.natsUrl,
    name: config.instance,
    role: 'executor',
    ...(config.natsUser !== undefined && { user: config.natsUser }),
    ...(config.natsPassword !== undefined && { password: config.natsPassword.reveal() }),
  });
  scope.defer('bus', () => bus.close());
  await serveNode(context, config, bus);
  const ops = await serveOps({
    address: config.opsAddress,
    metrics: createMetrics('executor'),
    ready: () => ({ checks: [{ name: 'bus', ok: bus.status === 'connected' }] }),
  });
  scope.defer('ops server', () => ops.close());
  logger.info({ ops: ops.address }, 'serving');
});

async function serveNode(
  { logger, scope, signal }: ServiceContext,
  config: ReturnType<typeof loadConfig<typeof configSchema>>,
  bus: Awaited<ReturnType<typeof connectBus>>,
): Promise<void> {
  const address = { node: nodeName(config.node), incarnation: newIncarnation() };
  const driver = createFakeDriver({
    beforeReady: (_, aborted) => pause(startMs, undefined, { signal: aborted }),
  });
  const shared = { ...address, address, bus, driver, clock, log: logger, signal };
  const events = new EventOutbox({ ...shared, target: createBusEventLog(bus) });
  scope.defer('events', () => events.close(2_000));
  const { runSlots, sandboxSlots, maxConcurrentCreates } = config;
  const slots = { runSlots, sandboxSlots, maxConcurrentCreates };
  const executor = createExecutor({
    ...{ ...shared, ...slots, events, platformVersion },
    outputs: createBusOutputLog(bus),
    results: createBusResultStore(bus),
    openProbe: openHttpProbe,
    createTimeoutMs: 10_000,
    packageStore: { get: () => Promise.reject(new Error('no template has packages')) },
  });
  const spool = createFileSpool({
    directory: join(stateDirOf(config.stateDir, address.node), 'uploads'),
    maxBytes: config.uploadMb * 1024 * 1024,
  });
  scope.defer('uploads', () => spool.close());
  const parts = { ...shared, ...executor, spool };
  const server = await serveRpc({
    address: config.rpcAddress,
    services: [bind(NodeServiceDefinition, createNodeService(parts))],
    token: config.nodeToken.reveal(),
    health: () => bus.status === 'connected',
    logger,
  });
  scope.defer('gRPC server', () => server.close(1_000));
  const reporter = new NodeReporter({
    ...{ ...parts, ...slots },
    inventory: createKvNodeInventory(await bus.bucket('nodes'), address.node),
    address: server.address,
    driver: driver.capabilities.description,
    capabilities: [],
    host: { resources: undefined },
  });
  scope.defer('inventory', () => reporter.close());
  scope.defer('sandboxes', () => drain({ ...parts, reporter, graceMs: 1_000 }));
  const following = Promise.all([followCatalogue(parts), followPlan(parts)]);
  scope.defer('subscriptions', async () => void (await following));
}
