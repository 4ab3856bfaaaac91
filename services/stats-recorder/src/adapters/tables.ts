// The tables that recording writes: their columns' types, and what happens to a row that is there.
import type { ContainerStatsRow } from '../domain/container-stats.ts';
import type { ExecutionRow } from '../domain/execution-row.ts';
import type { PoolSampleRow } from '../domain/pool-sample.ts';
import type { DeadLetterRow, OtherEventRow } from '../domain/records.ts';
import type { StartColumns } from '../domain/start-columns.ts';
import type { WarmStockRow } from '../domain/warm-stock.ts';

export type ColumnType =
  | 'uuid'
  | 'text'
  | 'timestamptz'
  | 'integer'
  | 'bigint'
  | 'double precision'
  | 'boolean'
  | 'json'
  | 'jsonb'
  | 'bytea';

export interface Table<Row> {
  readonly name: string;
  readonly columns: Readonly<Record<keyof Row & string, ColumnType>>;
  /** The `on conflict` clause, about `stored` and `excluded`. */
  readonly onConflict: string;
}

const startColumns: Table<StartColumns>['columns'] = {
  template: 'text',
  node: 'text',
  incarnation: 'text',
  ordered_at: 'timestamptz',
  sandbox_created_at: 'timestamptz',
  image_ready_at: 'timestamptz',
  container_created_at: 'timestamptz',
  process_started_at: 'timestamptz',
  ready_at: 'timestamptz',
  scheduling_ms: 'double precision',
  image_pull_ms: 'double precision',
  container_create_ms: 'double precision',
  process_start_ms: 'double precision',
  app_init_ms: 'double precision',
  total_ms: 'double precision',
  template_revision: 'text',
  platform_version: 'text',
  traceparent: 'text',
  detail: 'text',
  clock_skewed: 'boolean',
  extra: 'jsonb',
};

const containerStatsColumns: Table<ContainerStatsRow>['columns'] = {
  id: 'uuid',
  container_id: 'text',
  user_id: 'text',
  s3_bucket: 'text',
  request_received_at: 'timestamptz',
  code_server_available_at: 'timestamptz',
  container_stopped_at: 'timestamptz',
  startup_time_ms: 'integer',
  active_duration_ms: 'integer',
  shutdown_reason: 'text',
  ...startColumns,
  from_warm_pool: 'boolean',
  acquisition_ms: 'double precision',
  execution_id: 'text',
  execution_status: 'text',
  language: 'text',
  stop_reason: 'text',
};

export const containerStatsTable: Table<ContainerStatsRow> = {
  name: 'container_stats',
  columns: containerStatsColumns,
  onConflict: `(id) do update set ${keepTheLatest(without(containerStatsColumns, 'id'))}, updated_at = now()`,
};

const warmStockColumns: Table<WarmStockRow>['columns'] = {
  sandbox_id: 'text',
  ...startColumns,
  stopped_at: 'timestamptz',
  idle_ms: 'bigint',
  stop_reason: 'text',
};

export const warmStockTable: Table<WarmStockRow> = {
  name: 'warm_stock',
  columns: warmStockColumns,
  onConflict: `(sandbox_id) do update set ${without(warmStockColumns, 'sandbox_id')
    .map((column) => `${column} = ${known(column)}`)
    .join(', ')}`,
};

export const executionsTable: Table<ExecutionRow> = {
  name: 'executions',
  columns: {
    execution_id: 'text',
    user_id: 'text',
    language: 'text',
    priority: 'text',
    status: 'text',
    message: 'text',
    exit_code: 'integer',
    signal: 'text',
    execution_time_ms: 'double precision',
    cpu_time_ms: 'double precision',
    memory_used_bytes: 'bigint',
    retryable: 'boolean',
    attempt: 'integer',
    sandbox_id: 'text',
    node: 'text',
    from_warm_pool: 'boolean',
    correlation_id: 'text',
    queued_at: 'timestamptz',
    started_at: 'timestamptz',
    finished_at: 'timestamptz',
    result: 'jsonb',
  },
  onConflict: 'do nothing',
};

export const otherEventsTable: Table<OtherEventRow> = {
  name: 'other_events',
  columns: { stream: 'text', sequence: 'bigint', subject: 'text', type: 'text', event: 'json' },
  onConflict: 'do nothing',
};

export const deadLettersTable: Table<DeadLetterRow> = {
  name: 'dead_letters',
  columns: {
    stream: 'text',
    sequence: 'bigint',
    subject: 'text',
    payload: 'bytea',
    reason: 'text',
  },
  onConflict: 'do nothing',
};

export const poolSamplesTable: Table<PoolSampleRow> = {
  name: 'pool_samples',
  columns: {
    sampled_at: 'timestamptz',
    template: 'text',
    target: 'integer',
    ready: 'integer',
    creating: 'integer',
    leased: 'integer',
    waiting: 'integer',
    nodes: 'integer',
  },
  onConflict: 'do nothing',
};

function without(columns: Readonly<Record<string, ColumnType>>, key: string): string[] {
  return Object.keys(columns).filter((column) => column !== key);
}

/** The rule of `mergeKnown`, on the stored row. */
function known(column: string): string {
  const both = (row: string) => `${row}.${column}`;
  const [mine, theirs] = [both('stored'), both('excluded')];
  if (column === 'clock_skewed') return `(${mine} or ${theirs})`;
  if (column === 'extra') return `coalesce(${mine} || ${theirs}, ${mine}, ${theirs})`;
  return `coalesce(${theirs}, ${mine})`;
}

/** The rule of `mergeContainerStats`, on the stored row. */
function keepTheLatest(columns: readonly string[]): string {
  const rank = (row: string) =>
    `(coalesce(${row}.code_server_available_at, '-infinity'), ${row}.container_id collate "C")`;
  const merged = columns.map(
    (column) => `${column} = case
       when excluded.container_id = stored.container_id then ${known(column)}
       when ${rank('excluded')} > ${rank('stored')} then excluded.${column}
       else stored.${column} end`,
  );
  return merged.join(', ');
}
