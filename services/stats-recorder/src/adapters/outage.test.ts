// A PostgreSQL server that crashes and comes back.
import { Secret } from '@pilotlight/config';
import { systemClock } from '@pilotlight/lifecycle';
import { expect, it } from 'vitest';
import { Outages } from '../app/outages.ts';
import { Recorder } from '../app/recorder.ts';
import { eventMessage, leased, stopped } from '../testing/events.ts';
import { createPostgresServer, postgresPrograms } from '../testing/postgres-server.ts';
import { migrate, readMigrations } from './migrate.ts';
import { openPgDatabase } from './pg-database.ts';
import { sqlStatsStore } from './sql-stats-store.ts';

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

it.skipIf(programs === undefined)('records on when the server is back', async () => {
  const server = await createPostgresServer(programs ?? '');
  const said: string[] = [];
  const logger = {
    info: (text: string) => said.push(text),
    warn: (_: object, text: string) => said.push(text),
  };
  const database = await openPgDatabase({
    url: new Secret(server.url),
    onIdleError: () => undefined,
  });
  const open = async () => {
    await migrate(database, await readMigrations());
    return sqlStatsStore(database);
  };
  const outages = new Outages(logger, systemClock);
  const recorder = new Recorder({ open, outages });
  try {
    await recorder.prepare();
    expect(outages.health.ok).toBe(false);
    await server.start();
    await recorder.record([eventMessage(leased())]);
    await server.kill();
    await expect(recorder.record([eventMessage(stopped())])).rejects.toThrow();
    await server.start();
    await recorder.record([eventMessage(stopped())]);
    expect(await database.query('select shutdown_reason from container_stats')).toEqual([
      { shutdown_reason: 'manual' },
    ]);
    expect(said).toHaveLength(4);
  } finally {
    await recorder.close();
    await server.remove();
  }
});

it.skipIf(programs === undefined)(
  'outlives a connection that ends within a transaction',
  async () => {
    const server = await createPostgresServer(programs ?? '');
    await server.start();
    const broken = Promise.withResolvers<Error>();
    const [database, operator] = await Promise.all(
      [broken.resolve, () => undefined].map((onIdleError) =>
        openPgDatabase({ url: new Secret(server.url), onIdleError }),
      ),
    );
    try {
      const transaction = database?.transaction(async (session) => {
        const [row] = await session.query('select pg_backend_pid() as pid');
        await operator?.query('select pg_terminate_backend($1)', [row?.['pid']]);
        await broken.promise;
        await session.query('select 1');
      });
      await expect(transaction).rejects.toThrow();
      expect(await database?.query('select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      await database?.close();
      await operator?.close();
      await server.remove();
    }
  },
);
