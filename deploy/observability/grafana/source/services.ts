// The services themselves: whether they are there, how fast they answer, and what they use.
import type { Dashboard } from './dashboard.ts';
import { logLines, metricSeries, metricStat, metricTable, type Panel, traceList } from './panel.ts';

const health: readonly Panel[] = [
  metricStat({
    title: 'Processes up',
    description: 'Processes of the platform that answered the last scrape.',
    queries: {
      up: 'sum(up{job="pilotlight"})',
      down: 'count(up{job="pilotlight"} == 0) or vector(0)',
    },
    width: 6,
  }),
  metricStat({
    title: 'Alerts',
    description: 'Firing now, as metrics-collector sees it.',
    queries: { '{{severity}}': 'sum by (severity) (pilotlight_alerts_firing)' },
    thresholds: [[1, 'red']],
    width: 6,
  }),
  metricStat({
    title: 'Database',
    description: 'Whether the recorder has it. While it is away, records wait in JetStream.',
    queries: { available: 'min(pilotlight_stats_database_up)' },
    base: 'red',
    thresholds: [[1, 'green']],
  }),
  metricStat({
    title: 'Leaders',
    description: 'One pool-manager leads; more than one for longer than a moment is a fault.',
    queries: { leaders: 'sum(pilotlight_leader)' },
    base: 'red',
    thresholds: [
      [1, 'green'],
      [2, 'red'],
    ],
  }),
  metricStat({
    title: 'Event lag',
    description: 'Messages that the slowest reader has still to take.',
    queries: { lag: 'max(pilotlight_event_lag)' },
    thresholds: [
      [1_000, 'orange'],
      [10_000, 'red'],
    ],
  }),
];

const latencyOf = (fraction: number) =>
  `histogram_quantile(${fraction}, sum by (component, le) (rate(pilotlight_request_latency_seconds_bucket[$__rate_interval])))`;

const requests: readonly Panel[] = [
  metricSeries({
    title: 'Request latency',
    description: 'Of the gRPC servers, by service.',
    queries: { 'p50 {{component}}': latencyOf(0.5), 'p99 {{component}}': latencyOf(0.99) },
    unit: 's',
  }),
  metricSeries({
    title: 'Requests',
    description: 'Per second, by service and operation.',
    queries: {
      '{{component}} {{operation}}':
        'sum by (component, operation) (rate(pilotlight_request_latency_seconds_count[$__rate_interval]))',
    },
    unit: 'ops',
  }),
  metricSeries({
    title: 'Errors',
    description: 'Share that failed, of the last five minutes.',
    queries: { '{{component}}': 'max by (component) (pilotlight_error_ratio)' },
    unit: 'percentunit',
  }),
  metricSeries({
    title: 'Throughput',
    description: 'What each part gets done per second.',
    queries: { '{{component}}': 'max by (component) (pilotlight_throughput_per_second)' },
    unit: 'ops',
  }),
];

const processes: readonly Panel[] = [
  metricTable({
    title: 'Start of each service',
    description: 'Seconds from the start of the process. ADR 15 says what each stage means.',
    by: 'instance',
    queries: {
      'critical path': 'max by (instance) (pilotlight_startup_seconds{stage="critical_path"})',
      'ready for requests':
        'max by (instance) (pilotlight_startup_seconds{stage="ready_for_request"})',
      total: 'max by (instance) (pilotlight_startup_seconds{stage="total"})',
    },
    unit: 's',
  }),
  metricSeries({
    title: 'Start by component',
    description: 'What the parts of each service took to start.',
    queries: {
      '{{instance}} {{component}}':
        'max by (instance, component) (pilotlight_startup_component_seconds)',
    },
    unit: 's',
  }),
  metricSeries({
    title: 'Memory',
    description: 'Resident, by process.',
    queries: {
      '{{instance}}': 'sum by (instance) (process_resident_memory_bytes{job="pilotlight"})',
    },
    unit: 'bytes',
  }),
  metricSeries({
    title: 'Processor time',
    description: 'Seconds per second, by process: 1 is a whole core.',
    queries: {
      '{{instance}}':
        'sum by (instance) (rate(process_cpu_seconds_total{job="pilotlight"}[$__rate_interval]))',
    },
  }),
  metricSeries({
    title: 'Event loop',
    description: 'How late timers are, p99. Above some tens of milliseconds calls wait for it.',
    queries: {
      '{{instance}}': 'max by (instance) (nodejs_eventloop_lag_p99_seconds{job="pilotlight"})',
    },
    unit: 's',
  }),
  metricSeries({
    title: 'Heap',
    description: 'In use after the last collection; a line that only rises is a leak.',
    queries: {
      '{{instance}}': 'sum by (instance) (nodejs_heap_size_used_bytes{job="pilotlight"})',
    },
    unit: 'bytes',
  }),
];

const used = (what: string) => `max by (node) (pilotlight_node_${what}_used_ratio)`;

const nodes: readonly Panel[] = [
  metricSeries({
    title: 'Node resources',
    description:
      'Used share of each node. 80 % warns, 90 % is critical; at 95 % refills stop and warm stock goes.',
    queries: {
      'cpu {{node}}': used('cpu'),
      'memory {{node}}': used('memory'),
      'disk {{node}}': used('disk'),
    },
    unit: 'percentunit',
    max: 1,
    thresholds: [
      [0.8, 'orange'],
      [0.9, 'red'],
    ],
  }),
  metricSeries({
    title: 'Pressure and orphans',
    description:
      'The level that each node acts on, and the age of its oldest sandbox without an owner.',
    queries: {
      '{{node}} {{level}}':
        'max by (node, level) (pilotlight_node_pressure{level!~"none|unknown"})',
      'orphan s {{node}}': 'max by (node) (pilotlight_node_oldest_orphan_seconds)',
    },
  }),
  metricSeries({
    title: 'Network',
    description: 'Of each node, over all its interfaces.',
    queries: {
      '{{node}} {{direction}}':
        'sum by (node, direction) (rate(pilotlight_node_network_bytes[$__rate_interval]))',
    },
    unit: 'Bps',
  }),
  metricSeries({
    title: 'Disks',
    description: 'Of each node, over all its disks.',
    queries: {
      '{{node}} {{direction}}':
        'sum by (node, direction) (rate(pilotlight_node_disk_bytes[$__rate_interval]))',
    },
    unit: 'Bps',
  }),
  metricSeries({
    title: 'Sandboxes by node',
    description: 'As each node counts its own.',
    queries: { '{{instance}} {{state}}': 'sum by (instance, state) (pilotlight_node_sandboxes)' },
  }),
  metricSeries({
    title: 'Activity',
    description:
      'Sandboxes in use, work that came to its end, and what it used; ADR 15 says what each means.',
    queries: {
      activity: 'max(pilotlight_agent_activity)',
      completion: 'max(pilotlight_completion_ratio)',
      usage: 'sum(rate(pilotlight_token_usage_total[$__rate_interval]))',
    },
  }),
];

const pipeline: readonly Panel[] = [
  metricSeries({
    title: 'Event lag by reader',
    description:
      'Messages that each reader has still to take. Growing: it is slower than what comes.',
    queries: { '{{consumer}}': 'max by (consumer) (pilotlight_event_lag)' },
  }),
  metricSeries({
    title: 'Messages',
    description: 'Per second, by stream.',
    queries: {
      '{{stream}}': 'sum by (stream) (rate(pilotlight_messages_total[$__rate_interval]))',
    },
    unit: 'ops',
  }),
  metricSeries({
    title: 'Rows recorded',
    description: 'Per second, by table.',
    queries: {
      '{{table}}': 'sum by (table) (rate(pilotlight_stats_rows_total[$__rate_interval]))',
    },
    unit: 'ops',
  }),
  metricSeries({
    title: 'Time of a batch',
    description: 'To commit one batch of rows, p99.',
    queries: {
      p99: 'histogram_quantile(0.99, sum by (le) (rate(pilotlight_stats_batch_seconds_bucket[$__rate_interval])))',
    },
    unit: 's',
  }),
  metricSeries({
    title: 'What was lost or not understood',
    description:
      'Messages that could not be recorded, events of unknown types, and events that executors had to drop because the bus was away.',
    queries: {
      'dead letters': 'sum(increase(pilotlight_stats_dead_letters_total[$__rate_interval]))',
      'unknown events': 'sum(increase(pilotlight_stats_unknown_events_total[$__rate_interval]))',
      'dropped by executors': 'sum(pilotlight_node_events_dropped)',
    },
  }),
  metricSeries({
    title: 'Alerts and spans',
    description: 'What was sent to whom, and whether it arrived.',
    queries: {
      'alert {{name}} {{state}}':
        'sum by (name, state) (increase(pilotlight_alerts_total[$__rate_interval]))',
      '{{channel}} {{outcome}}':
        'sum by (channel, outcome) (increase(pilotlight_alert_deliveries_total[$__rate_interval]))',
      'spans {{outcome}}':
        'sum by (outcome) (increase(pilotlight_spans_exported_total[$__rate_interval]))',
    },
  }),
];

const logsAndTraces: readonly Panel[] = [
  logLines({
    title: 'Warnings and errors',
    description: "From the services' log files, by way of the OpenTelemetry collector.",
    query: '{service_namespace="pilotlight"} | level=~"warn|error|fatal"',
  }),
  traceList({
    title: 'Slow traces',
    description: 'Acquires, executions and starts that took more than a second.',
    query: '{ trace:duration > 1s }',
  }),
];

export const services: Dashboard = {
  uid: 'pilotlight-services',
  title: 'Services',
  description:
    'Whether every part of the platform is there, how fast it answers, and what it uses.',
  shows: '1h',
  refresh: '10s',
  byTemplate: false,
  rows: [
    { title: 'Health', panels: health },
    { title: 'Requests', panels: requests },
    { title: 'Processes', panels: processes },
    { title: 'Nodes', panels: nodes },
    { title: 'Events, records, alerts', panels: pipeline },
    { title: 'Logs and traces', panels: logsAndTraces },
  ],
};
