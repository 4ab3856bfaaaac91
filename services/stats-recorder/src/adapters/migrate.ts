// Brings a database's schema up to date with the plain SQL files of migrations/.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { PlatformError } from '@pilotlight/contracts';
import type { Database } from '../app/ports.ts';

/** One file, `<version>_<name>.sql`. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

const folder = new URL('../../migrations/', import.meta.url);
const fileName = /^(\d+)_(\w+)\.sql$/;
/** Any number that others do not use for an advisory lock of this database. */
const lockKey = 7_264_019_321;

/** In the order of their versions. */
export async function readMigrations(directory: URL = folder): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => fileName.test(name));
  const migrations = await Promise.all(
    names.map(async (file) => {
      const [, version, name] = fileName.exec(file) ?? [];
      const sql = await readFile(new URL(file, directory), 'utf8');
      return { version: Number(version), name: name ?? '', sql };
    }),
  );
  return migrations.toSorted((a, b) => a.version - b.version);
}

/**
 * Applies what is missing, in order, all in one transaction under a lock that other recorders
 * wait for. Rejects `failed_precondition` where a file was changed after it had been applied.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  return database.transaction(async (session) => {
    // A large table may take its time, and so may the recorder that was first.
    await session.script('set local statement_timeout = 0');
    await session.query(`select pg_advisory_xact_lock(${lockKey})`);
    await session.script(
      `create table if not exists schema_migrations (
         version integer primary key, name text not null, checksum text not null,
         applied_at timestamptz not null default now())`,
    );
    const rows = await session.query('select version, checksum from schema_migrations');
    const applied = new Map(rows.map((row) => [Number(row['version']), row['checksum']]));
    const done: string[] = [];
    for (const { version, name, sql } of migrations) {
      const checksum = createHash('sha256').update(sql).digest('hex');
      const known = applied.get(version);
      if (known === checksum) continue;
      if (known !== undefined) {
        const problem = `Migration ${version}_${name} was changed after it had been applied.`;
        throw new PlatformError('failed_precondition', problem);
      }
      await session.script(sql);
      await session.query(
        'insert into schema_migrations (version, name, checksum) values ($1, $2, $3)',
        [version, name, checksum],
      );
      done.push(`${version}_${name}`);
    }
    return done;
  });
}
