// An empty database of a test's own, of either kind.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@pilotlight/config';
import { openPgDatabase } from '../adapters/pg-database.ts';
import { openPgliteDatabase } from '../adapters/pglite-database.ts';
import type { Database } from '../app/ports.ts';
import { createPostgresServer } from './postgres-server.ts';

export interface OpenedDatabase {
  readonly database: Database;
  /** Ends the server as a crash would; undefined where it is in this process. */
  readonly kill: (() => Promise<void>) | undefined;
  remove(): Promise<void>;
}

export async function openPgliteForTest(): Promise<OpenedDatabase> {
  const base = await mkdtemp(join(tmpdir(), 'pilotlight-pglite-'));
  const database = await openPgliteDatabase(join(base, 'data'));
  return {
    database,
    kill: undefined,
    async remove() {
      await database.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** `programs` as `postgresPrograms` found them. */
export async function openPostgresForTest(programs: string): Promise<OpenedDatabase> {
  const server = await createPostgresServer(programs);
  await server.start();
  const database = await openPgDatabase({
    url: new Secret(server.url),
    // The server may end before it has read that the client has.
    onIdleError: () => undefined,
  });
  return {
    database,
    kill: () => server.kill(),
    async remove() {
      await database.close();
      await server.remove();
    },
  };
}
