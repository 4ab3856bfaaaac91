// The rows in PostgreSQL: one statement for each table, one transaction for each batch.
import type { Database, RetainedTable, StatsStore } from '../app/ports.ts';
import { insert } from './insert.ts';
import { dropInvocations, writeReported } from './sql-invocations.ts';
import { createMonths } from './sql-partitions.ts';
import {
  containerStatsTable,
  deadLettersTable,
  executionsTable,
  otherEventsTable,
  poolSamplesTable,
  warmStockTable,
} from './tables.ts';

/** How old a row is: when what it tells of was, else when it was written. Each has an index. */
const olderThan: Readonly<Record<RetainedTable, string>> = {
  container_stats: 'request_received_at < $1',
  warm_stock: 'stopped_at < $1 or (stopped_at is null and created_at < $1)',
  executions: 'finished_at < $1 or (finished_at is null and created_at < $1)',
  pool_samples: 'sampled_at < $1',
  other_events: 'created_at < $1',
  dead_letters: 'created_at < $1',
};

/** Closes the database with itself. The schema must be current. */
export function sqlStatsStore(database: Database): StatsStore {
  return {
    async write(records) {
      for (;;) {
        const missing = await database.transaction(async (session) => {
          const months = await writeReported(session, records);
          if (months.length > 0) return months;
          await insert(session, containerStatsTable, records.containerStats);
          await insert(session, warmStockTable, records.warmStock);
          await insert(session, executionsTable, records.executions);
          await insert(session, otherEventsTable, records.otherEvents);
          await insert(session, deadLettersTable, records.deadLetters);
          return months;
        });
        if (missing.length === 0) return;
        await createMonths(database, missing);
      }
    },
    writePoolSamples: (rows) => insert(database, poolSamplesTable, rows),
    async deleteBefore(table, before, limit) {
      const deleted = await database.query(
        `with deleted as (
           delete from ${table} where ctid = any (array(
             select ctid from ${table} where ${olderThan[table]} limit ${limit}
           )) returning 1
         ) select count(*) as rows from deleted`,
        [before.toISOString()],
      );
      return Number(deleted[0]?.['rows']);
    },
    dropInvocations: (before) => dropInvocations(database, before),
    reclaim: (table) => database.reclaim(table),
    async answer() {
      await database.query('select 1');
    },
    close: () => database.close(),
  };
}
