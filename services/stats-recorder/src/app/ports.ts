// What recording needs: a database that speaks PostgreSQL, and a store on it.
import type { PoolSampleRow } from '../domain/pool-sample.ts';
import type { Records } from '../domain/records.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Statements on one connection. */
export interface Session {
  /** One statement with parameters `$1`, `$2`, … Rejects with `RowRejected` or a fault. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Several statements without parameters. */
  script(sql: string): Promise<void>;
}

/** PostgreSQL, in a server or in this process. Everything rejects while it cannot be reached. */
export interface Database extends Session {
  /** Commits when `work` resolves, else rolls back. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Makes the room of deleted rows usable again, where the database does not by itself. */
  reclaim(table: string): Promise<void>;
  close(): Promise<void>;
}

/** The database refuses the values themselves; the same statement can never succeed. */
export class RowRejected extends Error {
  override readonly name = 'RowRejected';
}

/** Tables whose rows are deleted when they are old. */
export const retainedTables = [
  'container_stats',
  'warm_stock',
  'executions',
  'pool_samples',
  'other_events',
  'dead_letters',
] as const;
export type RetainedTable = (typeof retainedTables)[number];

/** Where rows go. */
export interface StatsStore {
  /** All or nothing, and idempotent. Rejects with `RowRejected` where some row cannot be stored. */
  write(records: Records): Promise<void>;
  /** The first one to write a slot of a template wins. */
  writePoolSamples(rows: readonly PoolSampleRow[]): Promise<void>;
  /** Deletes at most `limit` rows that tell of times before that; resolves with how many. */
  deleteBefore(table: RetainedTable, before: Date, limit: number): Promise<number>;
  /**
   * Drops whole months of invocations that ended before that, then the functions that were seen in
   * none of the months that are left; resolves with how many months. Rejects where somebody reads or
   * writes them for too long.
   */
  dropInvocations(before: Date): Promise<number>;
  /** See `Database.reclaim`. */
  reclaim(table: RetainedTable): Promise<void>;
  /** Resolves when the database answers. */
  answer(): Promise<void>;
  close(): Promise<void>;
}

/** The part of a logger that tells of outages. */
export interface OutageLog {
  info(text: string): void;
  warn(fields: object, text: string): void;
}
