// PostgreSQL inside this process, its files in a directory that no other process may use meanwhile.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { PlatformError } from '@pilotlight/contracts';
import type { Database, Session } from '../app/ports.ts';
import { acquireLockFile } from './lock-file.ts';
import { startPglite } from './pglite-engine.ts';
import { sqlError } from './sql-errors.ts';

/**
 * Opens the database in `directory`, which is made where there is none; that takes seconds, in a
 * process of its own. Rejects `failed_precondition` while another process has it open.
 */
export async function openPgliteDatabase(directory: string): Promise<Database> {
  await mkdir(dirname(directory), { recursive: true });
  const lock = acquireLockFile(`${directory}.lock`);
  try {
    if (!(await exists(directory))) await create(directory);
    const database = await startPglite(directory);
    return {
      ...sessionOf(database),
      transaction: (work) => database.transaction((session) => work(sessionOf(session))),
      // Nothing runs beside it that would.
      async reclaim(table) {
        await database.exec(`vacuum ${table}`);
      },
      async close() {
        await database.close();
        lock.release();
      },
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

/** Made beside and moved into place, so that a half-made directory is never opened. */
async function create(directory: string): Promise<void> {
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const script = fileURLToPath(new URL('./pglite-create.ts', import.meta.url));
  const child = spawn(process.execPath, [script, unfinished], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const messages: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => messages.push(text));
  const [code] = await once(child, 'close');
  if (code !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    const reason = messages.join('').trim().slice(-2_000);
    throw new PlatformError('internal', `PGlite could not make ${directory}: ${reason}`);
  }
  await rename(unfinished, directory);
}

function sessionOf(client: Pick<PGlite | Transaction, 'query' | 'exec'>): Session {
  return {
    async query(sql, parameters = []) {
      try {
        return (await client.query<Record<string, unknown>>(sql, [...parameters])).rows;
      } catch (thrown) {
        throw sqlError(thrown);
      }
    },
    async script(sql) {
      await client.exec(sql);
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false;
    throw thrown;
  }
}
