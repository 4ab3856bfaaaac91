// Who asked, what happened to each sandbox, and why it ended: from the database alone.
import type { Dashboard } from './dashboard.ts';
import { type Panel, sqlSeries, sqlStat, sqlTable } from './panel.ts';

// The four queries of the observability guide, to the letter: they are documented for everybody who
// has this table, so they take neither a time range nor a template.
const averageStartup = `SELECT AVG(startup_time_ms) as avg_startup_ms
FROM container_stats
WHERE startup_time_ms IS NOT NULL;`;
const byUser = `SELECT user_id, COUNT(*) as container_count, AVG(startup_time_ms) as avg_startup
FROM container_stats
WHERE user_id IS NOT NULL
GROUP BY user_id;`;
const recentActivity = `SELECT 
  container_id,
  s3_bucket,
  startup_time_ms,
  active_duration_ms,
  shutdown_reason,
  request_received_at
FROM container_stats
ORDER BY request_received_at DESC
LIMIT 100;`;
const failedStartups = `SELECT 
  container_id,
  s3_bucket,
  request_received_at,
  code_server_available_at
FROM container_stats
WHERE code_server_available_at IS NULL
ORDER BY request_received_at DESC;`;

const always = 'Of all that is recorded, whatever time is chosen above.';

const guide: readonly Panel[] = [
  sqlStat({
    title: 'Average startup time',
    description: `From the request to the sandbox. ${always}`,
    sql: averageStartup,
    unit: 'ms',
    width: 6,
    height: 8,
  }),
  sqlTable({
    title: 'Containers by user',
    description: `How many each user had, and what they waited on average. ${always}`,
    sql: byUser,
    units: { avg_startup: 'ms' },
    width: 18,
  }),
  sqlTable({
    title: 'Recent container activity',
    description: 'The last hundred requests.',
    sql: recentActivity,
    units: { startup_time_ms: 'ms', active_duration_ms: 'ms' },
    width: 24,
    height: 10,
  }),
  sqlTable({
    title: 'Failed startups',
    description: `Requests whose sandbox was never available, or is not yet. ${always}`,
    sql: failedStartups,
    width: 24,
  }),
];

const users: readonly Panel[] = [
  sqlTable({
    title: 'Users of the shown time',
    description: 'Who asks most, how often from the warm pool, and for how long.',
    sql: `select user_id, count(*) as requests, count(distinct template) as templates,
  avg(case when from_warm_pool then 1.0 else 0.0 end)::float8 as "hit rate",
  avg(acquisition_ms) as waited, sum(active_duration_ms) as active, max(request_received_at) as last_seen
from container_stats where $__timeFilter(request_received_at) and user_id is not null
group by user_id order by requests desc limit 50`,
    units: { 'hit rate': 'percentunit', waited: 'ms', active: 'ms' },
    width: 16,
    height: 9,
  }),
  sqlSeries({
    title: 'Users at a time',
    description: 'Different users who asked for something in each hour.',
    sql: `select $__timeGroupAlias(request_received_at, '1h'), count(distinct user_id) as users
from container_stats where $__timeFilter(request_received_at) group by 1 order by 1`,
    width: 8,
    height: 9,
  }),
];

const lifecycle: readonly Panel[] = [
  sqlSeries({
    title: 'Requests by template',
    description: 'Leases and executions alike.',
    sql: `select $__timeGroupAlias(request_received_at, $__interval), template, count(*) as requests
from container_stats where $__timeFilter(request_received_at) group by 1, 2 order by 1`,
    stacked: true,
  }),
  sqlSeries({
    title: 'Why sandboxes ended',
    description:
      "The platform's own reasons. `evicted` and `error` in number deserve a look at the executor's log.",
    sql: `select $__timeGroupAlias(container_stopped_at, $__interval), stop_reason, count(*) as ended
from container_stats where $__timeFilter(container_stopped_at) and stop_reason is not null
group by 1, 2 order by 1`,
    stacked: true,
  }),
  sqlTable({
    title: 'Shutdown reasons',
    description:
      'manual, inactivity, error or resource_limit; how long such sandboxes were in use.',
    sql: `select shutdown_reason, count(*) as containers,
  percentile_cont(0.5) within group (order by active_duration_ms) as active_p50,
  max(active_duration_ms) as active_max
from container_stats where $__timeFilter(container_stopped_at) and shutdown_reason is not null
group by shutdown_reason order by containers desc`,
    units: { active_p50: 'ms', active_max: 'ms' },
  }),
  sqlTable({
    title: 'Last failures',
    description: 'What was said when a sandbox could not be had, or ended badly.',
    sql: `select request_received_at, template, node, stop_reason, execution_status, detail
from container_stats where $__timeFilter(request_received_at) and shutdown_reason = 'error'
order by request_received_at desc limit 100`,
  }),
  sqlTable({
    title: 'Stock that nobody leased',
    description:
      'Warm sandboxes that ended unused: what readiness costs. Many by expiry: a smaller minimum would do.',
    sql: `select template, stop_reason, count(*) as sandboxes, avg(idle_ms)::float8 as idle
from warm_stock where $__timeFilter(stopped_at) group by template, stop_reason order by sandboxes desc`,
    units: { idle: 'ms' },
  }),
  sqlTable({
    title: 'Records by quality',
    description:
      'Requests whose clocks went backwards (their durations are 0), messages that could not be recorded, and events of unknown types.',
    sql: `select 'clock skewed' as records, count(*) as number from container_stats
  where $__timeFilter(request_received_at) and clock_skewed
union all select 'dead letters', count(*) from dead_letters where $__timeFilter(created_at)
union all select 'unknown events', count(*) from other_events where $__timeFilter(created_at)`,
  }),
];

export const lifecycleAndUsers: Dashboard = {
  uid: 'pilotlight-lifecycle',
  title: 'Lifecycle and users',
  description: 'Every request: who asked, how long it took, how long it was used, why it ended.',
  shows: '24h',
  refresh: '5m',
  byTemplate: false,
  rows: [
    { title: 'From the observability guide', panels: guide },
    { title: 'Users', panels: users },
    { title: 'Lifecycle', panels: lifecycle },
  ],
};
