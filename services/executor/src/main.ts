// The executor: one node's sandboxes. Start it in a PID namespace of its own, so that its sandboxes
// die with it: sh packages/sandbox-runtime/own-namespace.sh node services/executor/src/main.ts
import { join } from 'node:path';
import { loadConfig, serverTlsOf } from '@pilotlight/config';
import { NodeServiceDefinition, type SandboxAddress } from '@pilotlight/contracts';
import {
  openBus,
  runService,
  type ServiceContext,
  systemClock,
  together,
} from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { bind, serveRpc } from '@pilotlight/rpc';
import { openDriver, PackageLayers, type SandboxDriver } from '@pilotlight/sandbox-runtime';
import { requestLatency, serveOps } from '@pilotlight/telemetry';
import { createBusEventLog, createBusOutputLog } from './adapters/bus-logs.ts';
import { createBusResultStore } from './adapters/bus-result-store.ts';
import { createFileSpool } from './adapters/file-spool.ts';
import { openHttpProbe } from './adapters/http-probe.ts';
import { createKvNodeInventory } from './adapters/kv-node-inventory.ts';
import { createProcHost } from './adapters/proc-host.ts';
import { registerMetrics } from './api/metrics.ts';
import { createNodeService } from './api/node-service.ts';
import { readiness } from './api/readiness.ts';
import { followCatalogue, followPlan } from './api/subscriptions.ts';
import { capabilityNames } from './app/capabilities.ts';
import { drain } from './app/drain.ts';
import { EventOutbox } from './app/event-outbox.ts';
import { createExecutor } from './app/executor.ts';
import { HostWatch } from './app/host-watch.ts';
import { NodeReporter } from './app/node-reporter.ts';
import { keepReaping, reap } from './app/reaper.ts';
import {
  advertised,
  type Config,
  cacheDirOf,
  configSchema,
  newIncarnation,
  nodeName,
  platformVersion,
  stateDirOf,
  toolchainPathOf,
} from './config.ts';

const name = 'executor';
const clock = systemClock;
/** Draining, destroying and the last events fit into it. */
const graceMs = 42_000;

await runService(
  name,
  async (context) => {
    const { logger, metrics, scope, startup } = context;
    const config = await startup.component('configuration', () => loadConfig(configSchema));
    const node = nodeName(config.node);
    const address = { node, incarnation: newIncarnation() };
    const [bus, driver] = await together(
      openBus(config, context, name),
      openConfiguredDriver(config, address, context),
    );
    const parts = await serveNode(context, { config, address, bus, driver });
    registerMetrics(metrics, parts);
    const ops = await startup.component('ops', () =>
      serveOps({
        address: config.opsAddress,
        metrics,
        ready: () => readiness({ ...parts, bus }),
      }),
    );
    scope.defer('ops server', () => ops.close());
    logger.info(
      { ...address, driver: driver.capabilities.description, ops: ops.address },
      'serving',
    );
  },
  { graceMs },
);

/** Drivers keep their files in a folder of this node's own, also after a restart. */
async function openConfiguredDriver(
  config: Config,
  { node, incarnation }: SandboxAddress,
  { logger, scope, startup }: ServiceContext,
): Promise<SandboxDriver> {
  const { driver: prefer, weakLimits, maxConcurrentCreates } = config;
  const { ociRuntime, gvisorRuntime, dockerHost, dockerRuntime } = config;
  const stateDir = stateDirOf(config.stateDir, node);
  const options = {
    ...{ prefer, weakLimits },
    oci: {
      ...{ stateDir, incarnation, maxConcurrentCreates },
      searchPath: toolchainPathOf(config.toolchainPath),
      cacheDir: cacheDirOf(config.cacheDir),
      warn: (message: string) => logger.warn(message),
      ...(ociRuntime !== undefined && { runtime: ociRuntime }),
      ...(gvisorRuntime !== undefined && { gvisorRuntime }),
    },
    docker: {
      stateDir,
      ...(dockerHost !== undefined && { host: dockerHost }),
      ...(dockerRuntime !== undefined && { runtime: dockerRuntime }),
    },
  };
  const opened = await startup.component('driver', () => openDriver(options));
  scope.defer('driver', () => opened.close());
  return opened;
}

interface Foundations {
  readonly config: Config;
  readonly address: SandboxAddress;
  readonly bus: Bus;
  readonly driver: SandboxDriver;
}

/** The end goes in reverse: sandboxes are drained while the node is still served and seen. */
async function serveNode(context: ServiceContext, foundations: Foundations) {
  const { logger, metrics, scope, signal, startup } = context;
  const { config, address, bus, driver } = foundations;
  const shared = { ...address, address, bus, driver, clock, log: logger, signal };
  const outbox = new EventOutbox({ ...shared, target: createBusEventLog(bus) });
  scope.defer('events', () => outbox.close(2_000));
  const { runSlots, sandboxSlots, maxConcurrentCreates } = config;
  const slots = { runSlots, sandboxSlots, maxConcurrentCreates };
  const packageStore = new PackageLayers({
    directory: join(cacheDirOf(config.cacheDir), 'packages'),
    searchPath: toolchainPathOf(config.toolchainPath),
  });
  scope.defer('packages', () => packageStore.close());
  const executor = createExecutor({
    ...{ ...shared, ...slots, events: outbox, platformVersion },
    outputs: createBusOutputLog(bus),
    results: createBusResultStore(bus),
    openProbe: openHttpProbe,
    packageStore,
    createTimeoutMs: config.createTimeoutSeconds * 1_000,
  });
  scope.defer('preparation', () => executor.preparation.close());
  const stateDir = stateDirOf(config.stateDir, address.node);
  const spool = createFileSpool({
    directory: join(stateDir, 'uploads'),
    maxBytes: config.uploadMb * 1024 * 1024,
  });
  scope.defer('uploads', () => spool.close());
  const host = new HostWatch({
    ...{ ...shared, ...executor },
    host: createProcHost({ directory: stateDir }),
  });
  const parts = { ...shared, ...executor, spool, host };
  await startup.component('leftovers', () => reap(parts));

  const server = await startup.component('rpc', () =>
    serveRpc({
      address: config.rpcAddress,
      tls: serverTlsOf(config, 'require'),
      services: [bind(NodeServiceDefinition, createNodeService(parts))],
      token: config.nodeToken.reveal(),
      health: () => bus.status === 'connected',
      logger,
      onCall: requestLatency(metrics, name),
    }),
  );
  scope.defer('gRPC server', () => server.close(1_000));
  const reporter = new NodeReporter({
    ...{ ...parts, ...slots },
    inventory: createKvNodeInventory(await bus.bucket('nodes'), address.node),
    address: advertised(config.advertiseHost, server),
    driver: driver.capabilities.description,
    capabilities: capabilityNames(driver.capabilities),
  });
  scope.defer('inventory', () => reporter.close());
  scope.defer('sandboxes', () =>
    drain({ ...parts, reporter, graceMs: config.drainSeconds * 1_000 }),
  );
  // One that breaks, rather than being stopped, ends the process: nothing here works without it.
  const following = Promise.all([
    followCatalogue(parts),
    followPlan(parts),
    keepReaping(parts, signal),
    host.keepMeasuring(signal),
  ]);
  scope.defer('subscriptions', async () => {
    await following;
  });
  return { ...executor, reporter, outbox };
}
