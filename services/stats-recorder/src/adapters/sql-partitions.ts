// The partitions of `invocations`, one for each month in UTC, called as invocations_y2026m01.
import type { Database, Session } from '../app/ports.ts';
import { nextMonth, startOfMonth } from '../domain/months.ts';
import { arrayLiteral } from './array-literal.ts';

/** Any number that others do not use for an advisory lock of this database. */
const lockKey = 7_264_019_322;
/** Less than what a server waits before it looks for deadlocks: who drops gives way, and comes again. */
const lockTimeoutMs = 500;

const partitionName = (month: string) => `invocations_y${month.replace('-', 'm')}`;

/** Those without a partition. The transaction keeps those that there are from being dropped. */
export async function missingMonths(
  session: Session,
  months: readonly string[],
): Promise<readonly string[]> {
  if (months.length === 0) return [];
  await session.script('lock table invocations in row exclusive mode');
  const rows = await session.query(
    'select name from unnest($1::text::text[]) as name where to_regclass(name) is null',
    [arrayLiteral(months.map(partitionName))],
  );
  const missing = new Set(rows.map((row) => row['name']));
  return months.filter((month) => missing.has(partitionName(month)));
}

/**
 * Makes what another recorder has not made meanwhile. Made beside and then attached, which neither
 * waits for readers and writers of the other months nor keeps them waiting.
 */
export async function createMonths(database: Database, months: readonly string[]): Promise<void> {
  for (const month of months) {
    const name = partitionName(month);
    const bounds = [month, nextMonth(month)].map((one) => `'${startOfMonth(one).toISOString()}'`);
    await database.transaction(async (session) => {
      await session.query(`select pg_advisory_xact_lock(${lockKey})`);
      if ((await missingMonths(session, [month])).length === 0) return;
      await session.script(
        `create table ${name} (like invocations including defaults including constraints);
         alter table invocations attach partition ${name}
           for values from (${bounds[0]}) to (${bounds[1]})`,
      );
    });
  }
}

const ofInvocations = `select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
  where inhparent = 'invocations'::regclass`;

/** Those that ended before that, oldest first. Rejects where it cannot have the table for itself at once. */
export async function dropMonthsBefore(database: Database, before: Date): Promise<number> {
  const months = await monthsThatAre(database);
  const old = months.filter((month) => startOfMonth(nextMonth(month)) <= before);
  for (const month of old) {
    await database.transaction(async (session) => {
      await session.script(
        `set local lock_timeout = ${lockTimeoutMs};
         lock table invocations, functions in access exclusive mode;
         drop table if exists ${partitionName(month)}`,
      );
    });
  }
  return old.length;
}

async function monthsThatAre(session: Session): Promise<readonly string[]> {
  const rows = await session.query(ofInvocations);
  const names = rows.map((row) => /^invocations_y(\d{4})m(\d{2})$/.exec(String(row['relname'])));
  return names.flatMap((name) => (name === null ? [] : [`${name[1]}-${name[2]}`])).toSorted();
}
