// Sums over requests: in total, by template and by user.
import type { Stats, Summary } from '@pilotlight/contracts';
import type { Row } from '../app/ports.ts';
import type { RequestFilter } from '../app/query-ports.ts';
import type { Ask } from './query-turns.ts';
import { numberOf, optionalNumber, percentilesOf, phasesOf, textOf } from './row-values.ts';

/** Parameters 1 to 5 are those of `filterParameters`. Users of a project are it, and `<project>:<name>`. */
export const filterCondition = `request_received_at >= $1 and request_received_at < $2
  and ($3::text = '' or template = $3) and ($4::text = '' or user_id = $4)
  and ($5::text = '' or user_id = $5 or starts_with(user_id, $5 || ':'))`;

export function filterParameters(filter: RequestFilter): unknown[] {
  const { start, end, template, userId, project } = filter;
  return [start.toISOString(), end.toISOString(), template, userId, project];
}

const reasons = ['manual', 'inactivity', 'error', 'resource_limit'] as const;

const phases = [
  'scheduling_ms',
  'image_pull_ms',
  'container_create_ms',
  'process_start_ms',
  'app_init_ms',
  'total_ms',
];

/** What requesters waited, of all, or of those that `filter` takes. */
const waited = (name: string, filter: string) => `
  percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by acquisition_ms)
    ${filter} as ${name}_quantiles,
  max(acquisition_ms) ${filter} as ${name}_max,
  avg(acquisition_ms) ${filter} as ${name}_average,
  count(acquisition_ms) ${filter} as ${name}_samples`;

const columns = `
  count(*) as requests,
  count(code_server_available_at) as served,
  count(code_server_available_at) filter (where from_warm_pool) as warm_hits,
  ${waited('all', '')},
  ${waited('warm', 'filter (where from_warm_pool)')},
  ${waited('cold', 'filter (where not from_warm_pool)')},
  avg(active_duration_ms)::double precision as average_active_ms,
  ${reasons.map((it) => `count(*) filter (where shutdown_reason = '${it}') as ${it}`).join(', ')},
  count(*) filter (where clock_skewed) as clock_skewed`;

const coldPhases = phases.map((it) => `avg(${it}) filter (where not from_warm_pool) as ${it}`);

/** The busiest ones first, and of these no more than `$6`. */
const groupedBy = (key: string, more: readonly string[] = []) => `
  with busiest as (
    select ${key} from container_stats where ${filterCondition} and ${key} is not null
    group by ${key} order by count(*) desc, ${key} limit $6)
  select ${[key, columns, ...more].join(', ')} from container_stats
  where ${filterCondition} and ${key} in (select ${key} from busiest)
  group by ${key} order by count(*) desc, ${key}`;

/** Three statements, of which each sees what is recorded by then. */
export async function summaries(
  ask: Ask,
  filter: RequestFilter,
  limit: number,
): Promise<Omit<Stats, 'range'>> {
  const parameters = filterParameters(filter);
  const total = `select ${columns} from container_stats where ${filterCondition}`;
  const [sum = {}] = await ask((session) => session.query(total, parameters));
  const grouped = (key: string, more?: readonly string[]) =>
    ask((session) => session.query(groupedBy(key, more), [...parameters, limit]));
  const byTemplate = await grouped('template', coldPhases);
  const byUser = await grouped('user_id');
  return {
    total: summaryOf(sum),
    byTemplate: byTemplate.map((row) => ({
      template: textOf(row, 'template'),
      summary: summaryOf(row),
      averagePhases: phasesOf(row),
    })),
    byUser: byUser.map((row) => ({ userId: textOf(row, 'user_id'), summary: summaryOf(row) })),
  };
}

function summaryOf(row: Row): Summary {
  const requests = numberOf(row, 'requests');
  const served = numberOf(row, 'served');
  const warmHits = numberOf(row, 'warm_hits');
  const ended = reasons.map((reason) => [reason, numberOf(row, reason)] as const);
  return {
    ...{ requests, served, warmHits, failedStarts: requests - served },
    warmHitRate: served > 0 ? warmHits / served : undefined,
    startup: percentilesOf(row, 'all'),
    warmStartup: percentilesOf(row, 'warm'),
    coldStartup: percentilesOf(row, 'cold'),
    averageActiveMs: optionalNumber(row, 'average_active_ms'),
    shutdownReasons: Object.fromEntries(ended.filter(([, count]) => count > 0)),
    clockSkewed: numberOf(row, 'clock_skewed'),
  };
}
