// Cold-start performance: what requesters waited, where it went, and what is won by which means.
import type { Dashboard } from './dashboard.ts';
import {
  metricBars,
  metricSeries,
  metricTable,
  type Panel,
  sqlSeries,
  sqlStat,
  sqlTable,
  type Unit,
} from './panel.ts';
import { ofTemplates, percentiles, pulled, served, starts } from './sql.ts';

const milliseconds = (...columns: readonly string[]): Record<string, Unit> =>
  Object.fromEntries(columns.map((column) => [column, 'ms']));

const latency: readonly Panel[] = [
  sqlStat({
    title: 'Latency',
    description:
      'What requesters waited for their sandbox, over the shown time (24 hours unless chosen otherwise). From container_stats.',
    sql: `select ${percentiles('acquisition_ms')} from container_stats where ${served}`,
    unit: 'ms',
    width: 16,
    height: 5,
  }),
  sqlStat({
    title: 'Requests',
    description: 'Requests that got their sandbox, and those whose sandbox never came up.',
    sql: `select count(acquisition_ms) as served, count(*) filter (where code_server_available_at is null
  and container_stopped_at is not null) as failed
from container_stats where $__timeFilter(request_received_at) and ${ofTemplates}`,
    width: 8,
    height: 5,
  }),
  sqlTable({
    title: 'Latency, warm and cold',
    description: 'The same, apart: from the warm pool, and started for the request.',
    sql: `select case when from_warm_pool then 'warm' when not from_warm_pool then 'cold' else 'all' end
  as source, count(*) as requests, ${percentiles('acquisition_ms')}
from container_stats where ${served}
group by grouping sets ((from_warm_pool), ()) order by source`,
    units: milliseconds('p50', 'p90', 'p99', 'max'),
  }),
  sqlTable({
    title: 'Latency by template',
    description: 'Which templates make people wait, the slowest first.',
    sql: `select template, count(*) as requests, ${percentiles('acquisition_ms')}
from container_stats where ${served} group by template order by p99 desc`,
    units: milliseconds('p50', 'p90', 'p99', 'max'),
  }),
  sqlSeries({
    title: 'Latency over time',
    description: 'p50, p90, p99 and the maximum of each interval.',
    sql: `select $__timeGroupAlias(request_received_at, $__interval), ${percentiles('acquisition_ms')}
from container_stats where ${served} group by 1 order by 1`,
    unit: 'ms',
  }),
  metricSeries({
    title: 'Latency now, warm and cold',
    description:
      'p90 of the last five minutes as metrics-collector computes it. Without a database too.',
    queries: {
      'p90 {{source}} {{template}}':
        'pilotlight_acquisition_quantile_seconds{template=~"$template",source=~"warm|cold",quantile="0.9"}',
    },
    unit: 's',
  }),
];

const targets = sqlTable({
  title: 'Targets',
  description:
    'P50 of warm, P90 of cold and P99 of all requests, the share from the warm pool, and the average of starts that had to fetch their image.',
  sql: `${starts}, requests as (
  select from_warm_pool, acquisition_ms from container_stats where ${served}
), measured(place, metric, target, value, unit, is_least) as (
  select 1, 'P50 (warm pool)', 500, percentile_cont(0.5) within group (order by acquisition_ms)
    filter (where from_warm_pool), 'ms', false from requests
  union all select 2, 'P90 (cold start)', 3000, percentile_cont(0.9) within group (order by acquisition_ms)
    filter (where not from_warm_pool), 'ms', false from requests
  union all select 3, 'P99', 5000, percentile_cont(0.99) within group (order by acquisition_ms),
    'ms', false from requests
  union all select 4, 'Warm pool hit rate', 75,
    100 * avg(case when from_warm_pool then 1.0 else 0.0 end)::float8, '%', true from requests
  union all select 5, 'Image pull time', 2000, avg(image_pull_ms), 'ms', false
    from starts where ${pulled}
)
select metric, case when is_least then '> ' else '< ' end || target || ' ' || unit as target,
  coalesce(round(value::numeric, 1) || ' ' || unit, 'no data') as current,
  case when value is null then 'no data' when is_least = (value > target) then 'met' else 'missed' end as status
from measured order by place`,
  width: 12,
});

const phases = [
  'scheduling_ms',
  'image_pull_ms',
  'container_create_ms',
  'process_start_ms',
  'app_init_ms',
  'total_ms',
];

const phasesRow: readonly Panel[] = [
  targets,
  sqlTable({
    title: 'Phases by template',
    description: 'Average of every phase over all starts, those for the warm pool included.',
    sql: `${starts}
select template, count(*) as starts, ${phases.map((name) => `avg(${name}) as ${name}`).join(', ')}
from starts group by template order by avg(total_ms) desc`,
    units: milliseconds(...phases),
  }),
  metricSeries({
    title: 'Phases of starts',
    description: 'Average time that each phase of a start took, of all chosen templates together.',
    queries: {
      '{{phase}}':
        'sum by (phase) (rate(pilotlight_sandbox_start_phase_seconds_sum{template=~"$template",phase!="total"}[$__rate_interval])) / sum by (phase) (rate(pilotlight_sandbox_start_phase_seconds_count{template=~"$template",phase!="total"}[$__rate_interval]))',
    },
    unit: 's',
    stacked: true,
  }),
  metricSeries({
    title: 'Starts, percentiles',
    description: 'Whole starts of the last five minutes. A quantile of 1 is the slowest.',
    queries: {
      '{{template}} {{quantile}}':
        'pilotlight_start_quantile_seconds{template=~"$template",quantile=~"0.5|0.99|1"}',
    },
    unit: 's',
  }),
];

const ready = 'sum by (template) (pilotlight_sandboxes{template=~"$template",state="ready"})';
const wanted = 'max by (template) (pilotlight_pool_target_size{template=~"$template"})';
/** Stock that is used up has no series of its own; there it is none of what is wanted. */
const available = `(${ready} or 0 * ${wanted})`;

const pools: readonly Panel[] = [
  metricTable({
    title: 'Warm pool status',
    description:
      'Sandboxes that wait for somebody, of how many there should be. Low for long: a larger min_size, or look for failing starts.',
    by: 'template',
    queries: {
      available,
      target: wanted,
      'available %': `${available} / (${wanted} > 0)`,
    },
  }),
  metricBars({
    title: 'Warm pools filled',
    description: 'The same as a share of the target.',
    queries: { '{{template}}': `${available} / (${wanted} > 0)` },
    unit: 'percentunit',
    base: 'red',
    max: 1,
    thresholds: [
      [0.5, 'orange'],
      [0.8, 'green'],
    ],
    width: 12,
  }),
];

/**
 * Hours of the shown time, with how many of their requests were served warm. The hours with more
 * requests than the average hour that had any are the peak.
 */
const hitsByHour = `with hours as (
  select date_trunc('hour', request_received_at) as hour, count(*) as requests,
    count(*) filter (where from_warm_pool) as hits
  from container_stats where ${served} group by 1
), usual as (select avg(requests) as requests from hours)`;

const hitRate: readonly Panel[] = [
  sqlStat({
    title: 'Warm pool hit rate',
    description:
      'Requests served from the warm pool: of all, of those in hours with more requests than the average hour that had any (peak), and of the others. From container_stats.',
    sql: `${hitsByHour}
select sum(hits)::float8 / nullif(sum(hours.requests), 0) as "overall",
  sum(hits) filter (where hours.requests > usual.requests)::float8
    / nullif(sum(hours.requests) filter (where hours.requests > usual.requests), 0) as "peak hours",
  sum(hits) filter (where hours.requests <= usual.requests)::float8
    / nullif(sum(hours.requests) filter (where hours.requests <= usual.requests), 0) as "off-peak"
from hours cross join usual`,
    unit: 'percentunit',
    base: 'red',
    thresholds: [[0.75, 'green']],
    width: 12,
    height: 6,
  }),
  metricSeries({
    title: 'Hit rate now',
    description: 'Of the last five minutes, by template and over all.',
    queries: {
      '{{template}}': 'pilotlight_warm_hit_ratio{template=~"$template"}',
      overall: 'pilotlight_warm_hit_ratio_overall',
    },
    unit: 'percentunit',
    max: 1,
    height: 6,
  }),
  sqlSeries({
    title: 'Hit rate by hour',
    description: 'Of each hour, beside how many requests it had in the panel above.',
    sql: `select $__timeGroupAlias(request_received_at, '1h'),
  avg(case when from_warm_pool then 1.0 else 0.0 end)::float8 as "hit rate"
from container_stats where ${served} group by 1 order by 1`,
    unit: 'percentunit',
    max: 1,
    width: 24,
    height: 6,
  }),
];

const impact: readonly Panel[] = [
  sqlStat({
    title: 'Image caching',
    description:
      'Average of starts whose image was there, less the average of those that had to fetch or make it. Negative is time saved; no data until both were recorded.',
    sql: `${starts}
select avg(total_ms) filter (where not (${pulled})) - avg(total_ms) filter (where ${pulled}) as "image caching"
from starts`,
    unit: 'ms',
    width: 6,
  }),
  sqlStat({
    title: 'Warm pools',
    description:
      'Average wait for a warm sandbox, less the average wait for one that was started for the request. No data until both were recorded.',
    sql: `select avg(acquisition_ms) filter (where from_warm_pool)
  - avg(acquisition_ms) filter (where not from_warm_pool) as "warm pools"
from container_stats where ${served}`,
    unit: 'ms',
    width: 6,
  }),
  sqlStat({
    title: 'Lazy loading',
    description:
      'Where a suggestion to defer packages or to import lazily was carried out: average initialisation since then, less the average before, of those templates. No data until one was.',
    sql: `${starts}, changed as (
  select template, max(applied_at) as applied_at from policy_changes
  where remedy in ('deferred_packages', 'lazy_import') group by template
)
select avg(app_init_ms) filter (where sandbox_created_at >= applied_at)
  - avg(app_init_ms) filter (where sandbox_created_at < applied_at) as "lazy loading"
from starts join changed using (template)`,
    unit: 'ms',
    width: 6,
  }),
  sqlStat({
    title: 'Total improvement',
    description:
      'How much less the average request waited than the average one without help: a cold start that fetched its image, or any cold start where none did.',
    sql: `with requests as (
  select acquisition_ms, not from_warm_pool as is_cold, ${pulled} as has_pulled
  from container_stats where ${served}
), without_help as (
  select coalesce(avg(acquisition_ms) filter (where is_cold and has_pulled),
    avg(acquisition_ms) filter (where is_cold)) as ms from requests
)
select 1 - avg(acquisition_ms) / nullif(max(without_help.ms), 0) as "total improvement"
from requests cross join without_help`,
    unit: 'percentunit',
    width: 6,
  }),
  sqlTable({
    title: 'Initialisation by revision',
    description:
      'Every change of a template makes a revision. What deferred packages, lazy imports or other layers did to the start shows as one revision against the one before.',
    sql: `${starts}
select template, template_revision as revision, min(sandbox_created_at) as first_seen, count(*) as starts,
  percentile_cont(0.5) within group (order by app_init_ms) as app_init_p50,
  percentile_cont(0.5) within group (order by total_ms) as total_p50
from starts where template_revision is not null
group by template, template_revision order by template, first_seen desc`,
    units: milliseconds('app_init_p50', 'total_p50'),
    width: 24,
  }),
];

export const coldStart: Dashboard = {
  uid: 'pilotlight-cold-start',
  title: 'Cold-start performance',
  description: 'What requesters wait, where the time goes, and what each means against it has won.',
  shows: '24h',
  refresh: '1m',
  byTemplate: true,
  rows: [
    { title: 'Cold-start latency', panels: latency },
    { title: 'Targets and phases', panels: phasesRow },
    { title: 'Warm pool status', panels: pools },
    { title: 'Warm pool hit rate', panels: hitRate },
    { title: 'Optimisation impact', panels: impact },
  ],
};
