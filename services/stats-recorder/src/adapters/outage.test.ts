// A PostgreSQL server that crashes and comes back.
import { Secret } from '@pilotlight/config';
import { expect, it } from 'vitest';
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
  const recorder = new Recorder({ open, logger });
  try {
    await recorder.prepare();
    expect(recorder.isAvailable).toBe(false);
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
