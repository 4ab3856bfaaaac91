// The stats-recorder: lifecycle events and results become rows.
import { loadConfig } from '@pilotlight/config';
import type { StreamName } from '@pilotlight/contracts';
import { openBus, runService } from '@pilotlight/lifecycle';
import { createMetrics, type Logger, serveOps } from '@pilotlight/telemetry';
import { migrate, readMigrations } from './adapters/migrate.ts';
import { databaseOpener } from './adapters/open-database.ts';
import { sqlStatsStore } from './adapters/sql-stats-store.ts';
import { consumption } from './app/consume.ts';
import type { Database, StatsStore } from './app/ports.ts';
import { Recorder } from './app/recorder.ts';
import { configSchema } from './config.ts';

const name = 'stats-recorder';
const recorded: readonly StreamName[] = ['SANDBOX_EVENTS', 'EXEC_RESULTS'];

await runService(name, async (context) => {
  const { logger, scope } = context;
  const config = loadConfig(configSchema);
  const bus = await openBus(config, context);

  const open = databaseOpener(config, logger);
  const recorder = new Recorder({ open: () => openStore(open, logger), logger });
  scope.defer('database', () => recorder.close());
  const preparing = recorder.prepare();
  scope.defer('preparation', () => preparing);
  // Without a database the position in the streams stays, for a start with one.
  for (const stream of open === undefined ? [] : recorded) {
    const running = await bus.consume(consumption(stream, recorder));
    scope.defer(`consumer of ${stream}`, () => running.stop());
  }

  const metrics = createMetrics(name);
  const up = metrics.gauge('pilotlight_stats_database_up', 'Whether the database answers (1 or 0)');
  metrics.onScrape(() => up.set(recorder.isAvailable ? 1 : 0));
  const ops = await serveOps({
    address: config.opsAddress,
    metrics,
    ready: () => ({
      checks: [
        { name: 'bus', ok: bus.status === 'connected' },
        // Not needed to be of use: without it, records wait in JetStream.
        { name: 'database', ok: true, ...(recorder.isAvailable ? {} : { reason: 'away' }) },
      ],
    }),
  });
  scope.defer('ops server', () => ops.close());
  logger.info({ ops: ops.address }, 'serving');
});

/** Opens the database and brings its schema up to date. */
async function openStore(
  open: (() => Promise<Database>) | undefined,
  logger: Logger,
): Promise<StatsStore> {
  if (open === undefined) throw new Error('no database is configured');
  const database = await open();
  try {
    const applied = await migrate(database, await readMigrations());
    if (applied.length > 0) logger.info({ applied }, 'the schema is up to date');
    return sqlStatsStore(database);
  } catch (thrown) {
    await database.close();
    throw thrown;
  }
}
