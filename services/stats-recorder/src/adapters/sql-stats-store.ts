// The rows in PostgreSQL: one statement for each table, one transaction for each batch.
import type { Database, Session, StatsStore } from '../app/ports.ts';
import type { ContainerStatsRow } from '../domain/container-stats.ts';
import type { ExecutionRow } from '../domain/execution-row.ts';
import type { DeadLetterRow, Records } from '../domain/records.ts';
import type { WarmStockRow } from '../domain/warm-stock.ts';

/** Closes the database with itself. The schema must be current. */
export function sqlStatsStore(database: Database): StatsStore {
  return {
    async write(records: Records) {
      const { containerStats, warmStock, executions, deadLetters } = records;
      await database.transaction(async (session) => {
        await upsert(session, 'container_stats', containerStats, keepTheLatest);
        await upsert(session, 'warm_stock', warmStock, keepWhatIsKnown);
        await upsert(session, 'executions', executions, () => 'do nothing');
        await upsert(session, 'dead_letters', deadLetters, () => 'do nothing');
      });
    },
    close: () => database.close(),
  };
}

type AnyRow = ContainerStatsRow | WarmStockRow | ExecutionRow | DeadLetterRow;

/** Rows travel as one JSON parameter, so their number is not limited by that of parameters. */
async function upsert(
  session: Session,
  table: string,
  rows: readonly AnyRow[],
  onConflict: (columns: readonly string[]) => string,
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const list = columns.join(', ');
  await session.query(
    `insert into ${table} as stored (${list})
     select ${list} from jsonb_populate_recordset(null::${table}, $1::text::jsonb)
     on conflict ${onConflict(columns)}`,
    [JSON.stringify(rows)],
  );
}

function keepWhatIsKnown(columns: readonly string[]): string {
  const known = columns.map((name) => `${name} = coalesce(excluded.${name}, stored.${name})`);
  return `(sandbox_id) do update set ${known.join(', ')}`;
}

/** The rule of `mergeContainerStats`, on the stored row. */
function keepTheLatest(columns: readonly string[]): string {
  const rank = (row: string) =>
    `(coalesce(${row}.code_server_available_at, '-infinity'), ${row}.container_id collate "C")`;
  const merged = columns.map(
    (name) => `${name} = case
       when excluded.container_id = stored.container_id
         then coalesce(excluded.${name}, stored.${name})
       when ${rank('excluded')} > ${rank('stored')} then excluded.${name}
       else stored.${name} end`,
  );
  return `(id) do update set ${merged.join(', ')}, updated_at = now()`;
}
