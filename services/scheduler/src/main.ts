// The scheduler: what runs next, for whom, on which node.
import { loadConfig } from '@pilotlight/config';
import { ExecutionServiceDefinition, SandboxServiceDefinition } from '@pilotlight/contracts';
import {
  type Election,
  electLeader,
  openBus,
  runService,
  systemClock,
} from '@pilotlight/lifecycle';
import { bind, serveRpc } from '@pilotlight/rpc';
import { createMetrics, serveOps } from '@pilotlight/telemetry';
import { nodeConnections, type Peer, peerConnections } from './adapters/connections.ts';
import { observeWith } from './adapters/metrics.ts';
import { executionService } from './api/execution-service.ts';
import { sandboxService } from './api/sandbox-service.ts';
import { Catalogue } from './app/catalogue.ts';
import { beginTerm } from './app/leader-term.ts';
import { Leadership } from './app/leadership.ts';
import { NodeInventory } from './app/node-inventory.ts';
import { configSchema } from './config.ts';

const name = 'scheduler';

await runService(name, async (context) => {
  const { logger, scope, signal } = context;
  const config = loadConfig(configSchema);
  const clock = systemClock;
  const bus = await openBus(config, context);
  const nodes = nodeConnections(config.nodeToken.reveal());
  scope.defer('connections to nodes', () => nodes.close());
  const peers = peerConnections();
  scope.defer('connections to the leader', () => peers.close());

  const inventory = new NodeInventory(clock);
  const catalogue = new Catalogue(clock);
  const [nodeBucket, templateBucket, keys] = await Promise.all([
    bus.bucket('nodes'),
    bus.bucket('templates'),
    bus.bucket('acquires'),
  ]);
  const watching = Promise.all([
    inventory.follow(nodeBucket, signal, logger),
    catalogue.follow(templateBucket, signal, logger),
  ]);
  scope.defer('watches', async () => void (await watching));

  let election: Election | undefined;
  const leadership = new Leadership<Peer>({
    clock,
    election: () => election,
    peerAt: peers.peerAt,
  });
  const metrics = createMetrics(name);
  // Given up after the server has finished the calls in progress, so that they keep their leader.
  const candidacy = new AbortController();
  scope.defer('candidacy', () => {
    candidacy.abort();
    return election?.done;
  });
  const server = await serveRpc({
    address: config.rpcAddress,
    services: [
      bind(SandboxServiceDefinition, sandboxService(leadership)),
      bind(ExecutionServiceDefinition, executionService(leadership)),
    ],
    health: () => bus.status === 'connected',
    logger,
  });
  scope.defer('gRPC server', () => server.close(5_000));

  const parts = {
    ...{ bus, keys, inventory, catalogue, clock, log: logger, callNode: nodes.callNode },
    observer: observeWith(metrics, () => leadership.term),
    bounds: { global: config.maxConcurrent, perUser: config.maxConcurrentPerUser },
    queueDeadlineMs: config.queueDeadlineSeconds * 1_000,
    bodyBudgetBytes: config.queueMemoryMb * 1024 * 1024,
  };
  election = await electLeader({
    bus,
    service: name,
    holder: config.instance,
    address: server.address,
    clock,
    signal: candidacy.signal,
    async onElected(epoch, term) {
      await leadership.open(beginTerm(parts, epoch, term), term);
      logger.info({ epoch }, 'leading');
    },
  });

  const ops = await serveOps({
    address: config.opsAddress,
    metrics,
    ready: () => ({
      checks: [
        { name: 'bus', ok: bus.status === 'connected' },
        { name: 'leader', ok: election?.leader() !== undefined },
      ],
    }),
  });
  scope.defer('ops server', () => ops.close());
  logger.info({ rpc: server.address, ops: ops.address }, 'serving');
});
