// What a function's cold starts load: percentiles by module over the newest of them.
import type { Percentiles } from '@pilotlight/contracts';
import type { Row } from '../app/ports.ts';
import type { Range } from '../app/query-ports.ts';
import {
  currentStarts,
  modulesLookedAt,
  type RecordedColdStarts,
  type RecordedModule,
} from '../domain/function-details.ts';
import { percentilesOfSamples } from '../domain/percentiles.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Ask } from './query-turns.ts';
import { numberOf, percentilesOf, textOf, timeOf } from './row-values.ts';

/** Enough for a p99 of init; an index has them. */
const initsLookedAt = 1_000;
/** Names that differ in every start would else be as many groups as there are loads. */
const mostModules = 2_000;

const inRange = 'function_id = $1 and cold_start and timestamp >= $2 and timestamp < $3';

/** Newest first; from an index of cold starts alone. */
const cold = (columns: string, most: number) => `cold as (
  select ${columns} from invocations where ${inRange} order by timestamp desc limit ${most})`;

const count = `select count(*) as cold_starts from invocations where ${inRange}`;

/** As `percentilesOf` reads them. */
const inits = `with ${cold('init_duration_ms, timestamp', initsLookedAt)}
  select percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by init_duration_ms)
      as init_quantiles, max(init_duration_ms) as init_max,
    avg(init_duration_ms)::double precision as init_average, count(init_duration_ms) as init_samples,
    (array_agg(timestamp order by timestamp desc))[${currentStarts}] as current_since
  from cold`;

/**
 * Samples are handed over as they are, and sorted here: tens of thousands of them, which the
 * database would sort by name and then by value in ten times as long.
 */
const timings = `with ${cold('timestamp, module_timings', modulesLookedAt)}
  select module, string_agg(ms, ',') as totals, max(timestamp) as last_loaded_at
  from cold, jsonb_each_text(module_timings) as load (module, ms)
  group by module order by count(*) desc, module limit ${mostModules}`;

const details = `with ${cold('timestamp, module_details', modulesLookedAt)}
  select module, string_agg(self_ms, ',') as selves, string_agg(total_ms, ',') as totals,
    count(used) as telling, count(*) filter (where not used) as unused,
    max(timestamp) as last_loaded_at
  from cold, jsonb_to_recordset(module_details)
    as load (module text, self_ms text, total_ms text, used boolean)
  group by module order by count(*) desc, module limit ${mostModules}`;

/**
 * The newest start that loaded a module tells where from. `$4`: those of all modules, mostly the same one
 * or two, so that the rest is not read again.
 */
const origins = `select distinct on (module) module, path, parent, version, files
  from invocations, jsonb_to_recordset(module_details)
    as load (module text, path text, parent text, version text, files integer)
  where ${inRange} and timestamp in (select unnest($4::text::timestamptz[]))
  order by module, timestamp desc`;

/** Five statements, of which each sees what is recorded by then; recording gets its turns between them. */
export async function coldStarts(
  ask: Ask,
  functionId: string,
  { start, end }: Range,
): Promise<RecordedColdStarts> {
  const parameters = [functionId, start.toISOString(), end.toISOString()];
  const query = (sql: string, more: readonly unknown[] = []) =>
    ask((session) => session.query(sql, [...parameters, ...more]));
  const [counted = {}] = await query(count);
  const [init = {}] = await query(inits);
  const detailed = await query(details);
  const times = new Set(detailed.map((row) => loadedAt(row).toISOString()));
  const found = await query(origins, [arrayLiteral([...times])]);
  const originOf = new Map(found.map((row) => [textOf(row, 'module'), row]));
  const modules = new Map<string, RecordedModule>();
  for (const row of detailed) {
    const module = textOf(row, 'module');
    modules.set(module, detailedModule({ ...row, ...originOf.get(module) }));
  }
  for (const row of await query(timings)) {
    const timed = timedModule(row);
    const known = modules.get(timed.module);
    modules.set(timed.module, known === undefined ? timed : withTimings(known, timed));
  }
  return {
    coldStarts: numberOf(counted, 'cold_starts'),
    init: percentilesOf(init, 'init'),
    currentSince: timeOf(init, 'current_since'),
    modules: [...modules.values()],
  };
}

function detailedModule(row: Row): RecordedModule {
  return {
    module: textOf(row, 'module'),
    total: sampledOf(row, 'totals'),
    self: sampledOf(row, 'selves'),
    parent: textOf(row, 'parent'),
    path: textOf(row, 'path'),
    version: textOf(row, 'version'),
    files: numberOf(row, 'files'),
    tellingStarts: numberOf(row, 'telling'),
    unusedStarts: numberOf(row, 'unused'),
    lastLoadedAt: loadedAt(row),
  };
}

/** Of senders that know no more than `module_timings`. */
function timedModule(row: Row): RecordedModule {
  return {
    ...{ module: textOf(row, 'module'), total: sampledOf(row, 'totals'), self: undefined },
    ...{ parent: '', path: '', version: '', files: 0, tellingStarts: 0, unusedStarts: 0 },
    lastLoadedAt: loadedAt(row),
  };
}

function withTimings(
  known: RecordedModule,
  { total, lastLoadedAt }: RecordedModule,
): RecordedModule {
  const newer = lastLoadedAt > known.lastLoadedAt ? lastLoadedAt : known.lastLoadedAt;
  return { ...known, total, lastLoadedAt: newer };
}

function loadedAt(row: Row): Date {
  return timeOf(row, 'last_loaded_at') ?? new Date(0);
}

function sampledOf(row: Row, column: string): Percentiles | undefined {
  const text = textOf(row, column);
  return percentilesOfSamples(text === '' ? [] : text.split(',').map(Number));
}
