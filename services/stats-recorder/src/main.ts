// The stats-recorder: lifecycle events and results become rows.
import { loadConfig } from '@pilotlight/config';
import { PlatformError, StatsServiceDefinition } from '@pilotlight/contracts';
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
import { kvPoolPolicies } from './adapters/kv-pool-policies.ts';
import { storeMetrics } from './adapters/measured-store.ts';
import { migrate, readMigrations } from './adapters/migrate.ts';
import { databaseOpener } from './adapters/open-database.ts';
import { recorderMetrics } from './adapters/recorder-metrics.ts';
import { sqlStatsQueries } from './adapters/sql-stats-queries.ts';
import { sqlStatsStore } from './adapters/sql-stats-store.ts';
import { statsService } from './api/stats-service.ts';
import { Answers } from './app/answers.ts';
import { consumption, readers } from './app/consume.ts';
import { Outages } from './app/outages.ts';
import { PoolSampler } from './app/pool-sampler.ts';
import type { Database } from './app/ports.ts';
import { Recorder } from './app/recorder.ts';
import { reportHealth } from './app/report-health.ts';
import { retain } from './app/retention.ts';
import { configSchema } from './config.ts';

const name = 'stats-recorder';

await runService(name, async (context) => {
  const { logger, metrics, scope, startup } = context;
  const config = loadConfig(configSchema);
  const bus = await openBus(config, context);

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
  if (open !== undefined) {
    const { retentionDays } = config;
    await startRecording({ bus, recorder, sampleDropped, retentionDays }, context);
  }

  const rpc = await serveQuestions({ config, bus, outages, database: () => database }, context);

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
  readonly config: { readonly rpcAddress: string };
  readonly bus: Bus;
  readonly outages: Outages;
  /** Undefined until it has been opened. */
  readonly database: () => Database | undefined;
}

/** StatsService; it is healthy while the database answers. Resolves with its address. */
async function serveQuestions(
  { config, bus, outages, database }: Questions,
  { logger, metrics, scope, startup }: ServiceContext,
): Promise<string> {
  const answers = new Answers({
    queries: sqlStatsQueries(database),
    pools: kvPoolPolicies(await bus.bucket('policies')),
    clock: systemClock,
  });
  const server = await startup.component('rpc', () =>
    serveRpc({
      address: config.rpcAddress,
      services: [bind(StatsServiceDefinition, statsService(answers))],
      health: () => outages.health.ok,
      logger,
      onCall: requestLatency(metrics, name),
    }),
  );
  scope.defer('gRPC server', () => server.close(5_000));
  return server.address;
}

interface Recording {
  readonly bus: Bus;
  readonly recorder: Recorder;
  readonly sampleDropped: () => void;
  readonly retentionDays: number;
}

/** Everything that goes on while there is a database, or would be one. */
async function startRecording(
  { bus, recorder, sampleDropped, retentionDays: days }: Recording,
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
  if (days > 0) {
    background(context, 'retention', (stop) => retain({ recorder, clock, days, logger }, stop));
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
