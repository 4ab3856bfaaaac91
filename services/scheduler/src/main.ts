// The scheduler: what runs next, for whom, on which node.
import { authenticator, openKeys, RateLimits } from '@pilotlight/access';
import { loadConfig, serverTlsOf, tlsOf } from '@pilotlight/config';
import { ExecutionServiceDefinition, SandboxServiceDefinition } from '@pilotlight/contracts';
import {
  busCheck,
  type Election,
  electLeader,
  leaderCheck,
  openBus,
  runService,
  systemClock,
} from '@pilotlight/lifecycle';
import { bind, serveRpc } from '@pilotlight/rpc';
import { requestLatency, serveOps } from '@pilotlight/telemetry';
import { nodeConnections, type Peer, peerConnections } from './adapters/connections.ts';
import { observeWith } from './adapters/metrics.ts';
import { executionService } from './api/execution-service.ts';
import { countingWith } from './api/rate-limit.ts';
import { sandboxService } from './api/sandbox-service.ts';
import { Catalogue } from './app/catalogue.ts';
import { beginTerm } from './app/leader-term.ts';
import { Leadership } from './app/leadership.ts';
import { NodeInventory } from './app/node-inventory.ts';
import { configSchema } from './config.ts';

const name = 'scheduler';

await runService(name, async (context) => {
  const { logger, metrics, scope, signal, startup } = context;
  const config = await startup.component('configuration', () => loadConfig(configSchema));
  const clock = systemClock;
  const bus = await openBus(config, context, name);
  const tls = tlsOf(config);
  const nodes = nodeConnections(config.nodeToken.reveal(), tls);
  scope.defer('connections to nodes', () => nodes.close());
  const serviceToken = config.serviceToken.reveal();
  const peers = peerConnections(serviceToken, tls);
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
  // Given up after the server has finished the calls in progress, so that they keep their leader.
  const candidacy = new AbortController();
  scope.defer('candidacy', () => {
    candidacy.abort();
    return election?.done;
  });
  const apiKeys = await openKeys(bus, config, context);
  const count = countingWith(new RateLimits());
  const server = await startup.component('rpc', () =>
    serveRpc({
      address: config.rpcAddress,
      tls: serverTlsOf(config, 'request'),
      services: [
        bind(SandboxServiceDefinition, sandboxService(leadership, count)),
        bind(ExecutionServiceDefinition, executionService(leadership, count)),
      ],
      authenticate: authenticator(apiKeys, serviceToken),
      health: () => bus.status === 'connected',
      logger,
      onCall: requestLatency(metrics, name),
    }),
  );
  scope.defer('gRPC server', () => server.close(5_000));

  const parts = {
    ...{ bus, keys, inventory, catalogue, clock, log: logger, callNode: nodes.callNode },
    observer: observeWith(metrics, () => leadership.term),
    bounds: { global: config.maxConcurrent, perUser: config.maxConcurrentPerUser },
    entitlementsOf: apiKeys.entitlementsOf,
    queueDeadlineMs: config.queueDeadlineSeconds * 1_000,
    bodyBudgetBytes: config.queueMemoryMb * 1024 * 1024,
  };
  const candidate = {
    bus,
    service: name,
    holder: config.instance,
    address: server.address,
    clock,
    signal: candidacy.signal,
    async onElected(epoch: number, term: AbortSignal) {
      await leadership.open(beginTerm(parts, epoch, term), term);
      logger.info({ epoch }, 'leading');
    },
  };
  election = await startup.component('election', () => electLeader(candidate));

  const ops = await startup.component('ops', () =>
    serveOps({
      address: config.opsAddress,
      metrics,
      ready: () => ({ checks: [busCheck(bus), leaderCheck(election)] }),
    }),
  );
  scope.defer('ops server', () => ops.close());
  logger.info({ rpc: server.address, ops: ops.address }, 'serving');
});
