// Cold starts of serverless functions, as the analyzer's SDK reports them. The first four panels and the
// data source are as they were specified, the SQL to the letter.
import type { Dashboard, Variable } from './dashboard.ts';
import { datasources, sqlBars, sqlSeries, sqlTable } from './panel.ts';

const datasource = datasources.coldStart;

const overview = `-- Cold start rate over time
SELECT 
    time_bucket('1 hour', timestamp) AS time,
    COUNT(*) FILTER (WHERE cold_start = true) * 100.0 / COUNT(*) AS cold_start_rate
FROM invocations i
JOIN functions f ON i.function_id = f.id
WHERE f.project_id = '$project_id'
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY time
ORDER BY time;`;

const initDurations = `SELECT 
    f.function_name,
    AVG(init_duration_ms) AS avg_init_duration,
    PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY init_duration_ms) AS p95_init_duration
FROM invocations i
JOIN functions f ON i.function_id = f.id
WHERE f.project_id = '$project_id'
AND cold_start = true
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY f.function_name
ORDER BY avg_init_duration DESC;`;

const moduleTimings = `SELECT 
    module_key AS module,
    AVG(module_value::numeric) AS avg_load_time_ms
FROM invocations i
JOIN functions f ON i.function_id = f.id,
    jsonb_each_text(module_timings) AS m(module_key, module_value)
WHERE f.function_name = '$function_name'
AND cold_start = true
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY module_key
ORDER BY avg_load_time_ms DESC
LIMIT 20;`;

const coldAndWarm = `SELECT 
    CASE WHEN cold_start THEN 'Cold Start' ELSE 'Warm' END AS type,
    AVG(execution_duration_ms) AS avg_duration,
    COUNT(*) AS count
FROM invocations i
JOIN functions f ON i.function_id = f.id
WHERE f.project_id = '$project_id'
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY cold_start;`;

const recommendations = `select r.module, r.issue, r.suggestion, r.potential_savings_ms as saving, r.confidence,
  r.samples, r.computed_at as "as of"
from function_recommendations r join functions f on f.id = r.function_id
where f.project_id::text = '$project_id' and f.function_name = '$function_name'
order by r.potential_savings_ms desc`;

const variables: readonly Variable[] = [
  {
    name: 'project_id',
    label: 'Project',
    sql: 'select id::text as __value, slug as __text from projects order by slug',
    datasource,
  },
  {
    name: 'function_name',
    label: 'Function',
    sql: `select function_name from functions where project_id::text = '$project_id'
order by last_seen_at desc`,
    datasource,
  },
];

export const coldStartAnalyzer: Dashboard = {
  uid: 'cold-start-analyzer',
  title: 'Cold Start Analyzer',
  description: 'Why the cold starts of a serverless function are slow, and what to do about it.',
  shows: '24h',
  refresh: '1m',
  byTemplate: false,
  variables,
  rows: [
    {
      title: 'Project',
      panels: [
        sqlSeries({
          title: 'Cold Start Overview',
          description:
            'Part of the invocations of the last 24 hours that were cold starts, in percent, by the hour. From invocations.',
          sql: overview,
          unit: 'percent',
          datasource,
        }),
        sqlTable({
          title: 'Average Init Duration by Function',
          description:
            'How long the cold starts of the last 24 hours took, on average and at the 95th percentile, slowest function first.',
          sql: initDurations,
          unit: 'ms',
          units: { avg_init_duration: 'ms', p95_init_duration: 'ms' },
          datasource,
        }),
      ],
    },
    {
      title: 'Function',
      panels: [
        sqlBars({
          title: 'Module Timing Breakdown',
          description:
            'The 20 modules that take longest to load in the cold starts of the last 24 hours, with what they load themselves.',
          sql: moduleTimings,
          unit: 'ms',
          by: 'module',
          datasource,
        }),
        sqlTable({
          title: 'Cold Start vs Warm Execution Time',
          description:
            "How long the handlers of the project's functions ran in the last 24 hours, in cold starts and after them.",
          sql: coldAndWarm,
          unit: 'short',
          units: { avg_duration: 'ms' },
          datasource,
        }),
        sqlTable({
          title: 'Recommendations',
          description:
            'What to do about the chosen function, largest saving first: computed from its newest cold starts of 7 days, again within a minute after new ones.',
          sql: recommendations,
          unit: 'short',
          units: { saving: 'ms' },
          width: 24,
          datasource,
        }),
      ],
    },
  ],
};
