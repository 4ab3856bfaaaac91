// What functions report, in PostgreSQL.
import type { Database, Session } from '../app/ports.ts';
import { functionKey, type InvocationRow } from '../domain/invocation-rows.ts';
import { monthsToHave, startOfMonth } from '../domain/months.ts';
import type { Records } from '../domain/records.ts';
import { arrayLiteral } from './array-literal.ts';
import { insert } from './insert.ts';
import { functionsTable, invocationsTable } from './invocation-tables.ts';
import { textOf } from './row-values.ts';
import { dropMonthsBefore, missingMonths } from './sql-partitions.ts';

export type Reported = Pick<Records, 'functions' | 'invocations'>;

/** Resolves with the months that have no partition yet; then nothing is written. */
export async function writeReported(
  session: Session,
  { functions, invocations }: Reported,
): Promise<readonly string[]> {
  if (invocations.length === 0) return [];
  const months = monthsToHave(invocations.map((row) => row.timestamp));
  const missing = await missingMonths(session, months);
  if (missing.length > 0) return missing;
  const projects = await writeProjects(session, functions);
  const functionIds = await writeFunctions(session, functions, projects);
  const rows = (await withoutRepeated(session, invocations)).map((invocation) => ({
    ...invocation,
    function_id: functionIds.get(functionKey(invocation)) ?? '',
  }));
  await insert(session, invocationsTable, rows);
  return [];
}

const addProjects = `insert into projects (name, slug)
  select slug, slug from unnest($1::text::text[]) as slug on conflict do nothing`;
const idsOfProjects = 'select slug, id from projects where slug = any ($1::text::text[])';

/**
 * Ids by slug. Who reports has been authenticated, so the project is real: that of the machine's own admin
 * key has no row, and a database that was lost has none at all. Its slug stands for a name.
 */
async function writeProjects(
  session: Session,
  functions: Reported['functions'],
): Promise<ReadonlyMap<string, string>> {
  const slugs = arrayLiteral([...new Set(functions.map(({ project }) => project))]);
  await session.query(addProjects, [slugs]);
  const rows = await session.query(idsOfProjects, [slugs]);
  return new Map(rows.map((row) => [textOf(row, 'slug'), textOf(row, 'id')]));
}

const idsOfFunctions = `select id, project_id, function_name from functions
  where (project_id, function_name) in (select * from unnest($1::text::uuid[], $2::text::text[]))`;

/** Ids by `functionKey`. */
async function writeFunctions(
  session: Session,
  functions: Reported['functions'],
  projects: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const rows = functions.map((row) => ({ ...row, project_id: projects.get(row.project) ?? '' }));
  await insert(session, functionsTable, rows);
  const stored = await session.query(idsOfFunctions, [
    arrayLiteral(rows.map((row) => row.project_id)),
    arrayLiteral(rows.map((row) => row.function_name)),
  ]);
  const slugs = new Map([...projects].map(([slug, id]) => [id, slug]));
  return new Map(
    stored.map((row) => {
      const project = slugs.get(textOf(row, 'project_id')) ?? '';
      return [
        functionKey({ project, function_name: textOf(row, 'function_name') }),
        textOf(row, 'id'),
      ];
    }),
  );
}

const storedAgain = `select id from invocations
  where id = any ($1::text::uuid[]) and timestamp > $2::timestamptz - interval '1 day'`;

/**
 * Where a function's clock is ahead its row has the time of receipt, another one for each time it is
 * sent: such a row is known by its id alone. Two copies that are written at the same moment are both kept.
 */
async function withoutRepeated(
  session: Session,
  invocations: readonly InvocationRow[],
): Promise<readonly InvocationRow[]> {
  const skewed = invocations.filter(({ clock_skew_ms }) => clock_skew_ms !== null);
  const earliest = skewed.map(({ timestamp }) => timestamp).toSorted()[0];
  if (earliest === undefined) return invocations;
  const ids = arrayLiteral(skewed.map(({ id }) => id));
  const rows = await session.query(storedAgain, [ids, earliest]);
  const stored = new Set(rows.map((row) => row['id']));
  return invocations.filter((row) => row.clock_skew_ms === null || !stored.has(row.id));
}

const forgetUnseen = 'delete from functions where last_seen_at < $1';

/** See `StatsStore.dropInvocations`. */
export async function dropInvocations(database: Database, before: Date): Promise<number> {
  const dropped = await dropMonthsBefore(database, before);
  // Of no month that is left, or the deletion would look for the rest of its invocations.
  const oldestKept = startOfMonth(before.toISOString().slice(0, 7));
  await database.query(forgetUnseen, [oldestKept.toISOString()]);
  return dropped;
}
