// PostgreSQL over the network. The driver is loaded only where it is used.
import type { Secret } from '@pilotlight/config';
import type { PoolClient } from 'pg';
import type { Database, Session } from '../app/ports.ts';
import { sqlError } from './sql-errors.ts';

export interface PgOptions {
  /** `postgres://…`; may contain a password. */
  readonly url: Secret;
  /**
   * Hears of connections that broke between two statements; the next one gets a new connection, or
   * rejects where it belongs to a transaction.
   */
  readonly onIdleError: (error: Error) => void;
}

/**
 * Five readers, retention, the sampler and the upkeep of functions, and one each for those who ask about
 * requests, about functions and about keys.
 */
const connections = 11;
const connectTimeoutMs = 5_000;
/**
 * A batch takes milliseconds, on a slow disk a second or two. What takes longer waits for a lock or
 * a disk that is not there: it is given up and tried again, and the outage told of meanwhile. The
 * URL can say otherwise (`?statement_timeout=…`).
 */
const statementTimeoutMs = 30_000;
/** A recorder that froze, or whose host is gone, does not keep others from rows that it had locked. */
const idleInTransactionTimeoutMs = 60_000;

/** Connects on first use, and again after the server was away. */
export async function openPgDatabase(options: PgOptions): Promise<Database> {
  const { Pool } = await import('pg');
  const pool = new Pool({
    connectionString: options.url.reveal(),
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    application_name: 'pilotlight stats-recorder',
    allowExitOnIdle: true,
  });
  pool.on('error', options.onIdleError);
  return {
    ...sessionOf(pool),
    async transaction(work) {
      const client = await pool.connect();
      // The pool listens to those that it has; an error that nobody hears would end the process.
      client.on('error', options.onIdleError);
      try {
        await client.query('begin');
        const result = await work(sessionOf(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (thrown) {
        await rollBack(client);
        throw thrown;
      } finally {
        client.off('error', options.onIdleError);
      }
    },
    // Its autovacuum does it.
    reclaim: async () => undefined,
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
