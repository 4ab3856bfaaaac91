// Recommendations as rows.
import type { ModuleRecommendation } from '@pilotlight/contracts';
import type { ChangedFunction, FunctionUpkeepStore } from '../app/function-ports.ts';
import type { Database } from '../app/ports.ts';
import { arrayLiteral } from './array-literal.ts';
import { insert } from './insert.ts';
import { queryTurns } from './query-turns.ts';
import { numberOf, textOf } from './row-values.ts';
import type { Table } from './tables.ts';

interface RecommendationRow {
  readonly function_id: string;
  readonly module: string;
  readonly kind: string;
  readonly issue: string;
  readonly suggestion: string;
  readonly potential_savings_ms: number;
  readonly confidence: string;
  readonly samples: number;
  readonly computed_at: string;
}

const changing = [
  'issue',
  'suggestion',
  'potential_savings_ms',
  'confidence',
  'samples',
  'computed_at',
];

const recommendationsTable: Table<RecommendationRow> = {
  name: 'function_recommendations',
  columns: {
    function_id: 'uuid',
    module: 'text',
    kind: 'text',
    issue: 'text',
    suggestion: 'text',
    potential_savings_ms: 'double precision',
    confidence: 'text',
    samples: 'bigint',
    computed_at: 'timestamptz',
  },
  onConflict: `(function_id, module, kind) do update set
    ${changing.map((column) => `${column} = excluded.${column}`).join(', ')}`,
};

/** Longest ago first; another recorder that takes one at this moment takes another. */
const takeChanged = `update functions set analysed_at = now() where id = (
    select id from functions where cold_starts_written <> cold_starts_analysed
      and (analysed_at is null or analysed_at <= now() - $1::interval)
    order by analysed_at nulls first, id limit 1 for update skip locked)
  returning id, cold_starts_written`;

const noteAnalysed = 'update functions set cold_starts_analysed = $2 where id = $1';

const removeOthers = `delete from function_recommendations stored where function_id = $1
  and not exists (select from unnest($2::text::text[], $3::text::text[]) as kept (module, kind)
    where kept.module = stored.module and kept.kind = stored.kind)`;

/** `database` is asked at every call; undefined until it has been opened and migrated. */
export function sqlFunctionUpkeep(database: () => Database | undefined): FunctionUpkeepStore {
  const ask = queryTurns(database);
  const write = (sql: string, parameters: readonly unknown[]) =>
    ask((session) => session.query(sql, parameters), 'write');
  return {
    async takeChanged(restMs) {
      const [row] = await write(takeChanged, [`${restMs} milliseconds`]);
      if (row === undefined) return undefined;
      return { id: textOf(row, 'id'), coldStartsWritten: numberOf(row, 'cold_starts_written') };
    },
    async writeRecommendations({ id, coldStartsWritten }, recommendations, at) {
      const rows = recommendations.map((one) => rowOf({ id, coldStartsWritten }, one, at));
      const [modules, kinds] = [rows.map(({ module }) => module), rows.map(({ kind }) => kind)];
      await ask(async (session) => {
        await session.query(noteAnalysed, [id, coldStartsWritten]);
        await insert(session, recommendationsTable, rows);
        await session.query(removeOthers, [id, arrayLiteral(modules), arrayLiteral(kinds)]);
      }, 'write');
    },
  };
}

function rowOf(
  { id }: ChangedFunction,
  recommendation: ModuleRecommendation,
  at: Date,
): RecommendationRow {
  const { module, kind, issue, suggestion, potentialSavingsMs, confidence, samples } =
    recommendation;
  return {
    ...{ function_id: id, module, kind, issue, suggestion, confidence, samples },
    potential_savings_ms: potentialSavingsMs,
    computed_at: at.toISOString(),
  };
}
