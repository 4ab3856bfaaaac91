// The stats-recorder: lifecycle events and results become rows.
import { authenticator, openKeys } from '@pilotlight/access';
import { loadConfig, serverTlsOf } from '@pilotlight/config';
import { KeyServiceDefinition, PlatformError, StatsServiceDefinition } from '@pilotlight/contracts';
import {
  busCheck,
  openBus,
  runService,
  type ServiceContext,
  systemClock,
} from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { bind, serveRpc } from '@pilotlight/rpc';
import { type Logger, requestLatency, serveOps } from '@pilotlight/telemetry';
import { kvKeyMirror, kvKeyUses } from './adapters/kv-keys.ts';
import { kvPoolPolicies } from './adapters/kv-pool-policies.ts';
import { storeMetrics } from './adapters/measured-store.ts';
import { migrate, readMigrations } from './adapters/migrate.ts';
import { databaseOpener } from './adapters/open-database.ts';
import { recorderMetrics } from './adapters/recorder-metrics.ts';
import { sqlFunctionQueries } from './adapters/sql-function-queries.ts';
import { sqlFunctionUpkeep } from './adapters/sql-function-upkeep.ts';
import { sqlKeyStore } from './adapters/sql-key-store.ts';
import { sqlStatsQueries } from './adapters/sql-stats-queries.ts';
import { sqlStatsStore } from './adapters/sql-stats-store.ts';
import { keyService } from './api/key-service.ts';
import { statsService } from './api/stats-service.ts';
import { Answers } from './app/answers.ts';
import { consumption, readers } from './app/consume.ts';
import { FunctionAnswers } from './app/function-answers.ts';
import type { FunctionQueries } from './app/function-ports.ts';
import { FunctionUpkeep } from './app/function-upkeep.ts';
import { KeyUpkeep } from './app/key-upkeep.ts';
import { Keys } from './app/keys.ts';
import { Outages } from './app/outages.ts';
import { PoolSampler } from './app/pool-sampler.ts';
import type { Database } from './app/ports.ts';
import { Recorder } from './app/recorder.ts';
import { reportHealth } from './app/report-health.ts';
import { retain } from './app/retention.ts';
import { configSchema } from './config.ts';

const name = 'stats-recorder';

type Config = ReturnType<typeof readConfig>;

const readConfig = () => loadConfig(configSchema);

await runService(name, async (context) => {
  const { logger, metrics, scope, startup } = context;
  const config = await startup.component('configuration', readConfig);
  const bus = await openBus(config, context, name);

  const outages = new Outages(logger, systemClock);
  const { sampleDropped } = recorderMetrics(metrics, () => outages.health.ok);
  const measured = storeMetrics(metrics);

  const open = databaseOpener(config, logger);
  let database: Database | undefined;
  const recorder = new Recorder({
    async open() {
      database = await openDatabase(open, logger);
      return measured(sqlStatsStore(database));
    },
    outages,
  });
  scope.defer('database', () => recorder.close());
  const preparing = recorder.prepare();
  scope.defer('preparation', () => preparing);
  const bucket = await bus.bucket('health');
  background(context, 'health report', (ended) =>
    reportHealth({ bucket, outages, clock: systemClock }, ended),
  );
  // Without a database the position in the streams stays, for a start with one.
  const functions = sqlFunctionQueries(() => database);
  if (open !== undefined) {
    await startRecording({ config, bus, recorder, sampleDropped }, context);
    const store = sqlFunctionUpkeep(() => database);
    const upkeep = { store, queries: functions, clock: systemClock, logger };
    background(context, 'upkeep of functions', (ended) => new FunctionUpkeep(upkeep).run(ended));
  }

  const questions = { config, bus, outages, functions, database: () => database };
  const keys = await keepKeys(questions, { hasDatabase: open !== undefined }, context);
  const rpc = await serveQuestions(questions, keys, context);

  const ops = await startup.component('ops', () =>
    serveOps({
      address: config.opsAddress,
      metrics,
      ready: () => ({
        checks: [
          busCheck(bus),
          // Not needed to be of use: without it, records wait in JetStream.
          {
            name: 'database',
            ok: true,
            ...(outages.health.ok ? {} : { reason: outages.health.reason }),
          },
        ],
      }),
    }),
  );
  scope.defer('ops server', () => ops.close());
  logger.info({ rpc, ops: ops.address }, 'serving');
});

interface Questions {
  readonly config: Config;
  readonly bus: Bus;
  readonly outages: Outages;
  readonly functions: FunctionQueries;
  /** Undefined until it has been opened. */
  readonly database: () => Database | undefined;
}

/** Keys, whose rows and mirror are kept alike wherever there is, or would be, a database. */
async function keepKeys(
  { bus, outages, database }: Questions,
  { hasDatabase }: { readonly hasDatabase: boolean },
  context: ServiceContext,
): Promise<Keys> {
  const store = sqlKeyStore(database);
  const mirror = kvKeyMirror(await bus.bucket('keys'));
  const uses = kvKeyUses(await bus.bucket('key_uses'));
  const { logger } = context;
  const upkeep = new KeyUpkeep({ store, mirror, uses, outages, clock: systemClock, logger });
  if (hasDatabase) background(context, 'upkeep of keys', (ended) => upkeep.run(ended));
  return new Keys({ store, mirror, differing: () => upkeep.hurry() });
}

/** StatsService and KeyService; it is healthy while the database answers. Resolves with its address. */
async function serveQuestions(
  { config, bus, outages, functions, database }: Questions,
  keys: Keys,
  context: ServiceContext,
): Promise<string> {
  const { logger, metrics, scope, startup } = context;
  const apiKeys = await openKeys(bus, config, context);
  const answers = new Answers({
    queries: sqlStatsQueries(database),
    pools: kvPoolPolicies(await bus.bucket('policies')),
    clock: systemClock,
  });
  const functionAnswers = new FunctionAnswers({ queries: functions, clock: systemClock });
  const server = await startup.component('rpc', () =>
    serveRpc({
      address: config.rpcAddress,
      tls: serverTlsOf(config, 'request'),
      services: [
        bind(StatsServiceDefinition, statsService(answers, functionAnswers)),
        bind(KeyServiceDefinition, keyService(keys)),
      ],
      authenticate: authenticator(apiKeys, config.serviceToken.reveal()),
      health: () => outages.health.ok,
      logger,
      onCall: requestLatency(metrics, name),
    }),
  );
  scope.defer('gRPC server', () => server.close(5_000));
  return server.address;
}

interface Recording {
  readonly config: Config;
  readonly bus: Bus;
  readonly recorder: Recorder;
  readonly sampleDropped: () => void;
}

/** Everything that goes on while there is a database, or would be one. */
async function startRecording(
  { config, bus, recorder, sampleDropped }: Recording,
  context: ServiceContext,
): Promise<void> {
  const { logger, scope, signal: ended } = context;
  const clock = systemClock;
  for (const reader of readers) {
    const running = await bus.consume(consumption({ ...reader, recorder, clock, ended }));
    scope.defer(`reader ${reader.name}`, () => running.stop());
  }
  const sampler = new PoolSampler({ bus, recorder, clock, onDropped: sampleDropped });
  background(context, 'pool sampler', (stop) => sampler.run(stop));
  const { retentionDays: days, invocationRetentionDays: invocationDays } = config;
  if (days > 0 || invocationDays > 0) {
    const retention = { recorder, clock, days, invocationDays, logger };
    background(context, 'retention', (stop) => retain(retention, stop));
  }
}

/** Runs until the service ends, and is waited for. */
function background(
  { scope }: ServiceContext,
  task: string,
  run: (ended: AbortSignal) => Promise<void>,
): void {
  const ended = new AbortController();
  const running = run(ended.signal);
  scope.defer(task, () => {
    ended.abort();
    return running;
  });
}

/** Opens the database and brings its schema up to date. */
async function openDatabase(
  open: (() => Promise<Database>) | undefined,
  logger: Logger,
): Promise<Database> {
  if (open === undefined)
    throw new PlatformError('failed_precondition', 'No database is configured.');
  const database = await open();
  try {
    const applied = await migrate(database, await readMigrations());
    if (applied.length > 0) logger.info({ applied }, 'the schema is up to date');
    return database;
  } catch (thrown) {
    await database.close();
    throw thrown;
  }
}
