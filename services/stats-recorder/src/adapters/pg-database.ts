// PostgreSQL over the network. The driver is loaded only where it is used.
import type { Secret } from '@pilotlight/config';
import type { PoolClient } from 'pg';
import type { Database, Session } from '../app/ports.ts';
import { sqlError } from './sql-errors.ts';

export interface PgOptions {
  /** `postgres://…`; may contain a password. */
  readonly url: Secret;
  /** Hears of connections that broke while nobody used them; the next statement gets a new one. */
  readonly onIdleError: (error: Error) => void;
}

const connections = 2;
const connectTimeoutMs = 5_000;
const statementTimeoutMs = 30_000;

/** Connects on first use, and again after the server was away. */
export async function openPgDatabase(options: PgOptions): Promise<Database> {
  const { Pool } = await import('pg');
  const pool = new Pool({
    connectionString: options.url.reveal(),
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    application_name: 'pilotlight stats-recorder',
    allowExitOnIdle: true,
  });
  pool.on('error', options.onIdleError);
  return {
    ...sessionOf(pool),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await work(sessionOf(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (thrown) {
        await rollBack(client);
        throw thrown;
      }
    },
    close: () => pool.end(),
  };
}

/** A connection that cannot even roll back is not used again. */
async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query('rollback');
    client.release();
  } catch (thrown) {
    client.release(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}

function sessionOf(client: Pick<PoolClient, 'query'>): Session {
  return {
    async query(sql, parameters = []) {
      try {
        return (await client.query(sql, parameters)).rows;
      } catch (thrown) {
        throw sqlError(thrown);
      }
    },
    async script(sql) {
      await client.query(sql);
    },
  };
}
