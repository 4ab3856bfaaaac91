// Many rows in one statement.
import type { Session } from '../app/ports.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Table } from './tables.ts';

/** ASCII's unit separator, which no JSON contains unless it is escaped. */
const separator = 31;

/**
 * Each column travels as one array, so the number of rows is not limited by that of parameters. JSON travels
 * between separators: documents of 50 KB, escaped in an array's text, took twice as long to write.
 */
export async function insert<Row extends object>(
  session: Session,
  table: Table<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(table.columns) as (keyof Row & string)[];
  const isJson = (column: keyof Row & string) => table.columns[column] === 'jsonb';
  const arrays = columns.map((column, index) =>
    isJson(column)
      ? `string_to_array($${index + 1}::text, chr(${separator}), 'null')`
      : `$${index + 1}::text::${table.columns[column]}[]`,
  );
  const values = columns.map((column) => (isJson(column) ? `${column}::jsonb` : column));
  await session.query(
    `insert into ${table.name} as stored (${columns.join(', ')})
     select ${values.join(', ')} from unnest(${arrays.join(', ')}) as sent (${columns.join(', ')})
     on conflict ${table.onConflict}`,
    columns.map((column) => {
      const sent = rows.map((row) => row[column]);
      return isJson(column)
        ? sent.map(jsonOf).join(String.fromCharCode(separator))
        : arrayLiteral(sent);
    }),
  );
}

/** Text is JSON already. */
function jsonOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
