// Questions about serverless functions, the same on a PostgreSQL server and on PGlite.
import type { FunctionMessage } from '@pilotlight/contracts';
import type { FunctionQueries } from '../app/function-ports.ts';
import type { Database, Row } from '../app/ports.ts';
import { queryTurns } from './query-turns.ts';
import { numberOf, optionalNumber, textOf, timeOf } from './row-values.ts';
import { coldStarts } from './sql-cold-starts.ts';

/** `$1`: project; `$2`: since when. Both sums are of indexes alone. */
const functionsWhere = (condition: string, rest: string) => `
  select found.*, total.invocations, cold.*
  from (select function.*, project.slug from functions function
    join projects project on project.id = function.project_id
    where ($1::text = '' or project.slug = $1) and ${condition}
    ${rest}) found
  cross join lateral (select count(*) as invocations from invocations
    where function_id = found.id and timestamp >= $2) total
  cross join lateral (select count(*) as cold_starts,
      avg(init_duration_ms)::double precision as average_init_ms,
      percentile_cont(0.95) within group (order by init_duration_ms) as p95_init_ms
    from invocations
    where function_id = found.id and timestamp >= $2 and cold_start) cold
  order by found.last_seen_at desc, found.id`;

const newest = functionsWhere('true', 'order by last_seen_at desc, function.id limit $3');
const byName = functionsWhere('function.function_name = $3', 'limit 2');
const byId = functionsWhere('function.id = $3::uuid', '');

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `database` is asked at every question; undefined until it has been opened and migrated. */
export function sqlFunctionQueries(database: () => Database | undefined): FunctionQueries {
  const ask = queryTurns(database);
  const functions = async (sql: string, parameters: readonly unknown[]) =>
    (await ask((session) => session.query(sql, parameters))).map(functionOf);
  return {
    list: (project, limit, since) => functions(newest, [project, since.toISOString(), limit]),
    async find(project, name, since) {
      const parameters = [project, since.toISOString(), name];
      const found = uuid.test(name) ? await functions(byId, parameters) : [];
      return found.length > 0 ? found : functions(byName, parameters);
    },
    coldStarts: (functionId, range) => coldStarts(ask, functionId, range),
  };
}

function functionOf(row: Row): FunctionMessage {
  const invocations = numberOf(row, 'invocations');
  return {
    id: textOf(row, 'id'),
    functionName: textOf(row, 'function_name'),
    project: textOf(row, 'slug'),
    runtime: textOf(row, 'runtime'),
    region: textOf(row, 'region'),
    memoryAllocatedMb: optionalNumber(row, 'memory_allocated_mb'),
    firstSeenAt: timeOf(row, 'first_seen_at'),
    lastSeenAt: timeOf(row, 'last_seen_at'),
    coldStartStats: {
      avgInitDurationMs: optionalNumber(row, 'average_init_ms'),
      p95InitDurationMs: optionalNumber(row, 'p95_init_ms'),
      coldStartRate: invocations > 0 ? numberOf(row, 'cold_starts') / invocations : undefined,
      totalInvocations24h: invocations,
    },
  };
}
