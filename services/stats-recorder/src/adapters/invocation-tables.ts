// The tables of what functions report: their columns' types, and what happens to a row that is there.
import type { FunctionRow, InvocationRow } from '../domain/invocation-rows.ts';
import type { Table } from './tables.ts';

export type StoredFunctionRow = Omit<FunctionRow, 'project'> & { readonly project_id: string };
export type StoredInvocationRow = Omit<InvocationRow, 'project' | 'function_name'> & {
  readonly function_id: string;
};

/** What was told newest, where anything was. */
function newest(column: string): string {
  const [mine, theirs] = [`stored.${column}`, `excluded.${column}`];
  return `${column} = case when excluded.last_seen_at > stored.last_seen_at
    then coalesce(${theirs}, ${mine}) else coalesce(${mine}, ${theirs}) end`;
}

export const functionsTable: Table<StoredFunctionRow> = {
  name: 'functions',
  columns: {
    project_id: 'uuid',
    function_name: 'text',
    runtime: 'text',
    region: 'text',
    memory_allocated_mb: 'integer',
    first_seen_at: 'timestamptz',
    last_seen_at: 'timestamptz',
    cold_starts_written: 'bigint',
  },
  onConflict: `(project_id, function_name) do update set
    ${['runtime', 'region', 'memory_allocated_mb'].map(newest).join(', ')},
    first_seen_at = least(stored.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(stored.last_seen_at, excluded.last_seen_at),
    cold_starts_written = stored.cold_starts_written + excluded.cold_starts_written`,
};

export const invocationsTable: Table<StoredInvocationRow> = {
  name: 'invocations',
  columns: {
    id: 'uuid',
    function_id: 'uuid',
    invocation_id: 'text',
    request_id: 'text',
    timestamp: 'timestamptz',
    cold_start: 'boolean',
    init_duration_ms: 'integer',
    execution_duration_ms: 'integer',
    billed_duration_ms: 'integer',
    memory_used_mb: 'integer',
    memory_allocated_mb: 'integer',
    module_timings: 'jsonb',
    module_details: 'jsonb',
    runtime_version: 'text',
    architecture: 'text',
    region: 'text',
    clock_skew_ms: 'bigint',
  },
  onConflict: 'do nothing',
};
