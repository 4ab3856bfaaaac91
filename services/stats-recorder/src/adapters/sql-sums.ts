// What the analysis works on, by template: starts, requests, deployments and demand.
import type { Row } from '../app/ports.ts';
import type { Range, RecordedSums } from '../app/query-ports.ts';
import type {
  DemandLevel,
  PhaseQuantiles,
  RecordedDeployment,
  RecordedRequests,
  RecordedStarts,
} from '../domain/analysis/recorded.ts';
import { type PhaseName, paidPullMs, phaseNames } from '../domain/analysis/targets.ts';
import type { Ask } from './query-turns.ts';
import { numberOf, numbersOf, optionalNumber, textOf, timeOf } from './row-values.ts';

const phaseColumns = phaseNames.map((phase) => `${phase}_ms`).join(', ');

/**
 * Every start that came to be ready since `$1`, before `$3`; those from `$2` on are of the range, the
 * others of the time before it. A warm sandbox counts when it is leased, or when it was made.
 */
const starts = `starts as (
  select template, request_received_at >= $2 as is_current, ${phaseColumns}, total_ms,
    template_revision, platform_version,
    coalesce(ordered_at, sandbox_created_at, request_received_at) as started_at,
    case when not from_warm_pool and image_pull_ms > ${paidPullMs}
      then least(image_pull_ms, acquisition_ms) end as cold_pull_ms
  from container_stats
  where request_received_at >= $1 and request_received_at < $3
    and ($4::text = '' or template = $4) and ready_at is not null and total_ms is not null
  union all
  select template, sandbox_created_at >= $2, ${phaseColumns}, total_ms,
    template_revision, platform_version, coalesce(ordered_at, sandbox_created_at), null
  from warm_stock
  where sandbox_created_at >= $1 and sandbox_created_at < $3
    and ($4::text = '' or template = $4) and ready_at is not null and total_ms is not null)`;

const current = 'filter (where is_current)';

const phaseQuantiles = phaseNames.map(
  (phase) => `
  percentile_cont(array[0.5, 0.9]) within group (order by ${phase}_ms) ${current} as ${phase},
  avg(${phase}_ms) ${current} as ${phase}_average,
  percentile_cont(0.5) within group (order by ${phase}_ms) filter (where not is_current)
    as ${phase}_history`,
);

const paid = `filter (where is_current and image_pull_ms > ${paidPullMs})`;

const startsByTemplate = `with ${starts}
  select template, count(*) ${current} as starts,
    count(*) filter (where not is_current) as history_starts,
    percentile_cont(0.9) within group (order by total_ms) ${current} as p90_ms,
    avg(total_ms) ${current} as average_ms, ${phaseQuantiles.join(',')},
    percentile_cont(0.9) within group (order by image_pull_ms) ${paid} as paid_pull_p90_ms
  from starts group by template having bool_or(is_current)`;

const deploymentsByTemplate = `with ${starts}
  select template, coalesce(template_revision, '') as template_revision,
    coalesce(platform_version, '') as platform_version, min(started_at) as first_seen,
    count(*) as starts,
    percentile_cont(array[0.5, 0.9]) within group (order by total_ms) as total,
    percentile_cont(0.5) within group (order by app_init_ms) as app_init_p50_ms,
    count(cold_pull_ms) as cold_pulls, sum(cold_pull_ms) as cold_pull_sum_ms
  from starts group by 1, 2, 3`;

const isCold = 'filter (where not from_warm_pool)';
const isColdPull = `filter (where not from_warm_pool and image_pull_ms > ${paidPullMs})`;

const requestsByTemplate = `
  select template, count(*) as served, count(*) filter (where from_warm_pool) as warm_hits,
    avg(acquisition_ms) as average_ms,
    avg(acquisition_ms) filter (where from_warm_pool) as warm_average_ms,
    avg(acquisition_ms) ${isCold} as cold_average_ms,
    avg(total_ms) ${isCold} as cold_start_average_ms,
    avg(app_init_ms) ${isCold} as cold_app_init_average_ms,
    count(*) ${isColdPull} as cold_pulls,
    sum(least(image_pull_ms, acquisition_ms)) ${isColdPull} as cold_pull_sum_ms
  from container_stats
  where request_received_at >= $1 and request_received_at < $2
    and ($3::text = '' or template = $3) and code_server_available_at is not null
  group by template`;

/** Equal moments count for each other: they came together. */
const demandLevels = `
  select level, count(*) as requests, count(*) filter (where not from_warm_pool) as cold
  from (
    select from_warm_pool, count(*) over (order by request_received_at
      range between $4::interval preceding and current row) as level
    from container_stats
    where request_received_at >= $1 and request_received_at < $2
      and template = $3 and code_server_available_at is not null) as arrivals
  group by level`;

/** By template, of those that had a start or a request in the range. */
export async function sums(
  ask: Ask,
  { start, end }: Range,
  template: string,
): Promise<ReadonlyMap<string, RecordedSums>> {
  const before = new Date(2 * start.getTime() - end.getTime());
  const range = [start, end].map((at) => at.toISOString());
  const withHistory = [before.toISOString(), ...range, template];
  const query = (sql: string, parameters: readonly unknown[]) =>
    ask((session) => session.query(sql, parameters));
  const startRows = await query(startsByTemplate, withHistory);
  const requestRows = await query(requestsByTemplate, [...range, template]);
  const deploymentRows = await query(deploymentsByTemplate, withHistory);
  const names = [...startRows, ...requestRows].map((row) => textOf(row, 'template'));
  const of = (rows: readonly Row[], name: string) =>
    rows.filter((row) => textOf(row, 'template') === name);
  const sumsOf = (name: string): RecordedSums => ({
    starts: of(startRows, name).map(startsOf)[0],
    requests: of(requestRows, name).map(requestsOf)[0],
    deployments: of(deploymentRows, name).map(deploymentOf),
  });
  return new Map(names.toSorted().map((name) => [name, sumsOf(name)]));
}

export async function demand(
  ask: Ask,
  { start, end }: Range,
  template: string,
  leadTimeMs: number,
): Promise<readonly DemandLevel[]> {
  const interval = `${Math.ceil(leadTimeMs)} milliseconds`;
  const parameters = [start.toISOString(), end.toISOString(), template, interval];
  const rows = await ask((session) => session.query(demandLevels, parameters));
  return rows.map((row) => ({
    level: numberOf(row, 'level'),
    requests: numberOf(row, 'requests'),
    cold: numberOf(row, 'cold'),
  }));
}

function startsOf(row: Row): RecordedStarts {
  return {
    starts: numberOf(row, 'starts'),
    historyStarts: numberOf(row, 'history_starts'),
    p90Ms: numberOf(row, 'p90_ms'),
    averageMs: numberOf(row, 'average_ms'),
    phases: {
      scheduling: quantilesOf(row, 'scheduling'),
      image_pull: quantilesOf(row, 'image_pull'),
      container_create: quantilesOf(row, 'container_create'),
      process_start: quantilesOf(row, 'process_start'),
      app_init: quantilesOf(row, 'app_init'),
    },
    paidPullP90Ms: numberOf(row, 'paid_pull_p90_ms'),
  };
}

function quantilesOf(row: Row, phase: PhaseName): PhaseQuantiles {
  const [p50Ms = 0, p90Ms = 0] = numbersOf(row, phase);
  const averageMs = numberOf(row, `${phase}_average`);
  return { p50Ms, p90Ms, averageMs, historyP50Ms: optionalNumber(row, `${phase}_history`) };
}

function requestsOf(row: Row): RecordedRequests {
  return {
    served: numberOf(row, 'served'),
    warmHits: numberOf(row, 'warm_hits'),
    averageMs: numberOf(row, 'average_ms'),
    warmAverageMs: numberOf(row, 'warm_average_ms'),
    coldAverageMs: numberOf(row, 'cold_average_ms'),
    coldStartAverageMs: numberOf(row, 'cold_start_average_ms'),
    coldAppInitAverageMs: numberOf(row, 'cold_app_init_average_ms'),
    coldPulls: numberOf(row, 'cold_pulls'),
    coldPullSumMs: numberOf(row, 'cold_pull_sum_ms'),
  };
}

function deploymentOf(row: Row): RecordedDeployment {
  const [p50Ms = 0, p90Ms = 0] = numbersOf(row, 'total');
  return {
    templateRevision: textOf(row, 'template_revision'),
    platformVersion: textOf(row, 'platform_version'),
    firstSeen: timeOf(row, 'first_seen') ?? new Date(0),
    starts: numberOf(row, 'starts'),
    ...{ p50Ms, p90Ms },
    appInitP50Ms: numberOf(row, 'app_init_p50_ms'),
    coldPulls: numberOf(row, 'cold_pulls'),
    coldPullSumMs: numberOf(row, 'cold_pull_sum_ms'),
  };
}
