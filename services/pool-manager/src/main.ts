// The pool-manager: how much warm stock there should be, and the catalogue of templates.
import { authenticator, openKeys } from '@pilotlight/access';
import { loadConfig, serverTlsOf, tlsOf } from '@pilotlight/config';
import { PoolServiceDefinition, type Template } from '@pilotlight/contracts';
import {
  busCheck,
  type Election,
  electLeader,
  leaderCheck,
  openBus,
  runService,
  type ServiceContext,
  systemClock,
  together,
} from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { bind, serveRpc } from '@pilotlight/rpc';
import { requestLatency, serveOps } from '@pilotlight/telemetry';
import { kvPlanStore } from './adapters/kv-plan-store.ts';
import { kvPolicyStore } from './adapters/kv-policy-store.ts';
import { kvTemplateStore } from './adapters/kv-template-store.ts';
import { leaderClient } from './adapters/leader-client.ts';
import { nodeClient } from './adapters/node-client.ts';
import { registerPoolMetrics } from './adapters/pool-metrics.ts';
import { readTemplates } from './adapters/read-templates.ts';
import { poolService } from './api/pool-service.ts';
import { changePolicy } from './app/change-policy.ts';
import { leadTerm } from './app/lead.ts';
import { loadCatalogue } from './app/load-catalogue.ts';
import { Observations } from './app/observations.ts';
import { Pools } from './app/pools.ts';
import { Prefetching } from './app/prefetching.ts';
import { configSchema, namesOf } from './config.ts';
import { templateBudget } from './domain/catalogue.ts';

const name = 'pool-manager';

type Config = ReturnType<typeof readConfig>;

const readConfig = () => loadConfig(configSchema);

await runService(name, async (context) => {
  const { logger, metrics, scope, startup } = context;
  const config = await startup.component('configuration', readConfig);
  const [directory, bus] = await together(
    startup.component('templates', () =>
      readTemplates(config.templatesDir, namesOf(config.templates)),
    ),
    openBus(config, context, name),
  );
  const maxTemplateBytes = templateBudget(bus.maxPayloadBytes);
  const options = { profile: config.profile, maxTemplateBytes };
  const { entries, prefetchRules } = loadCatalogue(directory, options);
  const templates = entries.map(({ template }) => template);
  const [observations, apiKeys] = await together(
    startup.component('nodes', () => observe(bus, templates, context)),
    openKeys(bus, config, context),
  );
  const pools = new Pools(entries, observations, systemClock);

  const tls = tlsOf(config);
  const nodes = nodeClient(config.nodeToken.reveal(), tls);
  scope.defer('connections to nodes', () => nodes.close());
  const prefetching = new Prefetching({
    ...{ rules: prefetchRules, templates, pools, clock: systemClock, log: logger },
    nodes: () => observations.nodes(),
    prefetchOnNode: nodes.prefetch,
  });

  let election: Election | undefined;
  const serviceToken = config.serviceToken.reveal();
  const leader = leaderClient(serviceToken, tls);
  scope.defer('connection to the leader', () => leader.close());
  const policyStore = kvPolicyStore(await bus.bucket('policies'));
  const service = poolService({
    pools,
    setPolicy: (request) => changePolicy({ pools, policyStore }, request),
    prefetching,
    election: () => election,
    clientOf: leader.at,
  });
  const server = await startup.component('rpc', () =>
    serveRpc({
      address: config.rpcAddress,
      tls: serverTlsOf(config, 'request'),
      services: [bind(PoolServiceDefinition, service)],
      authenticate: authenticator(apiKeys, serviceToken),
      health: () => bus.status === 'connected',
      logger,
      onCall: requestLatency(metrics, name),
    }),
  );
  scope.defer('gRPC server', () => server.close(5_000));

  const term = {
    pools,
    templates,
    planStore: kvPlanStore(await bus.bucket('plan')),
    templateStore: kvTemplateStore(await bus.bucket('templates')),
    policyStore,
    observations,
    clock: systemClock,
    logger,
  };
  election = await startup.component('election', () =>
    electLeader({
      bus,
      service: name,
      holder: config.instance,
      address: server.address,
      clock: systemClock,
      signal: context.signal,
      onElected: (epoch, signal) => leadTerm({ ...term, epoch, term: signal }),
    }),
  );
  scope.defer('candidacy', () => election?.stop());
  await serveOperators({ config, context, bus, pools, election });
  logger.info({ rpc: server.address, templates: templates.length }, 'serving');
});

/** Resolves once the nodes that are there are known. */
async function observe(
  bus: Bus,
  templates: readonly Template[],
  { logger, scope }: ServiceContext,
): Promise<Observations> {
  const names = templates.map((template) => template.name);
  const observations = new Observations({ bus, clock: systemClock, logger, templates: names });
  const ended = new AbortController();
  const watching = observations.watch(ended.signal);
  scope.defer('observations', () => {
    ended.abort();
    return watching;
  });
  await observations.nodesKnown;
  return observations;
}

async function serveOperators(parts: {
  readonly config: Config;
  readonly context: ServiceContext;
  readonly bus: Bus;
  readonly pools: Pools;
  readonly election: Election;
}): Promise<void> {
  const { config, context, bus, pools, election } = parts;
  const { metrics, scope, startup } = context;
  registerPoolMetrics(metrics, pools, () => election.isLeader());
  const policyCheck = () => {
    const ok = !election.isLeader() || pools.arePoliciesKnown;
    return { name: 'policies', ok, ...(!ok && { reason: 'not read yet' }) };
  };
  const ops = await startup.component('ops', () =>
    serveOps({
      address: config.opsAddress,
      metrics,
      ready: () => ({ checks: [busCheck(bus), leaderCheck(election), policyCheck()] }),
    }),
  );
  scope.defer('ops server', () => ops.close());
}
