// Pools, the queue and executions: what is there, what waits, and how runs end.
import type { Dashboard } from './dashboard.ts';
import { metricBars, metricSeries, metricStat, type Panel, sqlSeries, sqlTable } from './panel.ts';
import { ofTemplates } from './sql.ts';

const t = 'template=~"$template"';

const pools: readonly Panel[] = [
  metricStat({
    title: 'Live nodes',
    description: 'Nodes whose heartbeat moves; without one nothing can be leased.',
    queries: { live: 'max(pilotlight_nodes{state="live"})' },
    base: 'red',
    thresholds: [[1, 'green']],
  }),
  metricStat({
    title: 'Ready',
    description: 'Warm sandboxes that wait for somebody.',
    queries: { ready: `sum(pilotlight_sandboxes{${t},state="ready"})` },
  }),
  metricStat({
    title: 'Leased',
    description: 'Sandboxes that somebody has.',
    queries: { leased: `sum(pilotlight_leases{${t}})` },
  }),
  metricStat({
    title: 'Hit rate',
    description: 'Requests of the last five minutes that were served from the warm pool.',
    queries: { 'hit rate': 'max(pilotlight_warm_hit_ratio_overall)' },
    unit: 'percentunit',
    base: 'red',
    thresholds: [[0.75, 'green']],
  }),
  metricStat({
    title: 'Failing templates',
    description:
      'Templates that no node starts for now, because starts failed again and again. `pilotlight pools` says why.',
    queries: {
      failing: `count(max by (template) (pilotlight_template_failing_nodes{${t}}) > 0) or vector(0)`,
    },
    thresholds: [[1, 'red']],
  }),
  metricStat({
    title: 'Capped pools',
    description: 'Pools that max_size or the nodes hold below the demand.',
    queries: { capped: `sum(max by (template) (pilotlight_pool_capped{${t}}))` },
    thresholds: [[1, 'orange']],
  }),
  metricSeries({
    title: 'Ready and wanted',
    description: 'Warm sandboxes against the target of the pool-manager.',
    queries: {
      'ready {{template}}': `sum by (template) (pilotlight_sandboxes{${t},state="ready"})`,
      'wanted {{template}}': `max by (template) (pilotlight_pool_target_size{${t}})`,
    },
  }),
  metricSeries({
    title: 'Sandboxes by state',
    description: 'On all nodes that live.',
    queries: { '{{state}}': `sum by (state) (pilotlight_sandboxes{${t}})` },
    stacked: true,
  }),
  metricSeries({
    title: 'Warm containers by language',
    description: 'What executions of each language can start in at once.',
    queries: { '{{language}}': 'max by (language) (code_runner_warm_containers)' },
  }),
  metricSeries({
    title: 'Starts on nodes',
    description:
      'Creations under way, callers that wait for one, and failures since the last success.',
    queries: {
      creating: 'sum(pilotlight_node_creates_in_flight)',
      'waiting {{template}}': `sum by (template) (pilotlight_node_waiting{${t}})`,
      'failed {{template}}': `sum by (template) (pilotlight_node_create_failures{${t}})`,
    },
  }),
  metricSeries({
    title: 'Why sandboxes ended',
    description: 'Ends per second by reason, those of the warm stock included.',
    queries: {
      '{{reason}}': `sum by (reason) (rate(pilotlight_sandboxes_stopped_total{${t}}[$__rate_interval]))`,
    },
    unit: 'ops',
    stacked: true,
  }),
  metricSeries({
    title: 'Lifecycle events',
    description: 'Events per second by type; a type called unknown comes from a newer version.',
    queries: {
      '{{type}}': 'sum by (type) (rate(pilotlight_sandbox_events_total[$__rate_interval]))',
    },
    unit: 'ops',
  }),
  metricBars({
    title: 'Applications that answer badly',
    description: 'Sandboxes whose probe gets no good answer.',
    queries: { '{{template}}': `sum by (template) (pilotlight_node_unhealthy_sandboxes{${t}})` },
    thresholds: [[1, 'red']],
    width: 24,
    height: 4,
  }),
];

const queue: readonly Panel[] = [
  metricSeries({
    title: 'Queue depth',
    description: 'Executions that wait, by queue and language, counted in JetStream itself.',
    queries: {
      '{{queue}} {{language}}':
        'max by (queue, language) (code_runner_queue_depth{service="metrics-collector"})',
    },
    stacked: true,
  }),
  metricSeries({
    title: 'Age of the oldest request',
    description: 'How long the first of each queue has waited. It grows while nothing is taken.',
    queries: { '{{queue}}': 'max by (queue) (pilotlight_queue_oldest_age_seconds)' },
    unit: 's',
  }),
  metricSeries({
    title: 'Wait in the queue',
    description: 'From entering the queue of the scheduler to the order to a node.',
    queries: {
      p50: 'histogram_quantile(0.5, sum by (le) (rate(pilotlight_queue_wait_seconds_bucket[$__rate_interval])))',
      p99: 'histogram_quantile(0.99, sum by (le) (rate(pilotlight_queue_wait_seconds_bucket[$__rate_interval])))',
    },
    unit: 's',
  }),
  metricSeries({
    title: 'Acquires',
    description: 'Per second, by how they ended.',
    queries: {
      '{{outcome}}': 'sum by (outcome) (rate(pilotlight_acquires_total[$__rate_interval]))',
    },
    unit: 'ops',
    stacked: true,
  }),
];

const duration = (fraction: number) =>
  `histogram_quantile(${fraction}, sum by (language, le) (rate(code_runner_execution_duration_seconds_bucket[$__rate_interval])))`;

const executions: readonly Panel[] = [
  metricSeries({
    title: 'Executions',
    description: 'Per second, by status.',
    queries: {
      '{{status}}': 'sum by (status) (rate(pilotlight_executions_total[$__rate_interval]))',
    },
    unit: 'ops',
    stacked: true,
  }),
  metricSeries({
    title: 'Executions under way',
    description: 'As the scheduler counts them, and as the nodes do.',
    queries: {
      scheduler: 'sum(pilotlight_running_executions)',
      nodes: 'sum(pilotlight_node_runs)',
    },
  }),
  metricSeries({
    title: 'Duration by language',
    description: 'Of the program alone: without queue, start and compiler.',
    queries: { 'p50 {{language}}': duration(0.5), 'p99 {{language}}': duration(0.99) },
    unit: 's',
  }),
  metricSeries({
    title: 'Compile stages',
    description: 'Average duration by language.',
    queries: {
      '{{language}}':
        'sum by (language) (rate(pilotlight_compile_duration_seconds_sum[$__rate_interval])) / sum by (language) (rate(pilotlight_compile_duration_seconds_count[$__rate_interval]))',
    },
    unit: 's',
  }),
  metricSeries({
    title: 'Cold starts',
    description: 'Percentage of executions of the last five minutes that needed one, by language.',
    queries: { '{{language}}': 'max by (language) (code_runner_cold_start_rate)' },
    unit: 'percent',
    max: 100,
  }),
  metricSeries({
    title: 'Setbacks',
    description: 'Attempts that came to nothing, by reason, and requests that were given up.',
    queries: {
      '{{kind}}': 'sum by (kind) (increase(pilotlight_attempt_setbacks_total[$__rate_interval]))',
      'given up': 'sum(increase(pilotlight_dead_requests_total[$__rate_interval]))',
    },
  }),
];

const recorded: readonly Panel[] = [
  sqlSeries({
    title: 'Available of wanted, as recorded',
    description: 'From the samples of the pools, kept longer than metrics usually are.',
    sql: `select $__timeGroupAlias(sampled_at, $__interval), template,
  sum(ready)::float8 / nullif(sum(target), 0) as available
from pool_samples where $__timeFilter(sampled_at) and ${ofTemplates} group by 1, 2 order by 1`,
    unit: 'percentunit',
  }),
  sqlTable({
    title: 'How often pools ran dry',
    description: 'Share of the shown time without any ready sandbox although some were wanted.',
    sql: `select template, max(target) as most_wanted, max(waiting) as most_waiting,
  avg(case when ready = 0 and target > 0 then 1.0 else 0.0 end)::float8 as dry
from pool_samples where $__timeFilter(sampled_at) and ${ofTemplates}
group by template order by dry desc`,
    units: { dry: 'percentunit' },
  }),
  sqlTable({
    title: 'Executions as recorded',
    description: 'By language and status, with what they took.',
    sql: `select language, status, count(*) as executions,
  percentile_cont(0.5) within group (order by execution_time_ms) as p50,
  percentile_cont(0.99) within group (order by execution_time_ms) as p99,
  max(memory_used_bytes) as memory
from executions where $__timeFilter(finished_at) group by language, status order by executions desc`,
    units: { p50: 'ms', p99: 'ms', memory: 'bytes' },
    width: 24,
  }),
];

export const poolsAndExecutions: Dashboard = {
  uid: 'pilotlight-pools',
  title: 'Pools, queue and executions',
  description: 'What is ready, what waits, what runs, and how it ends.',
  shows: '1h',
  refresh: '10s',
  byTemplate: true,
  rows: [
    { title: 'Pools', panels: pools },
    { title: 'Queue', panels: queue },
    { title: 'Executions', panels: executions },
    { title: 'From the database', panels: recorded },
  ],
};
