// A row of executions from an execution's one result.
import { type ExecutionResult, invalidFields } from '@pilotlight/contracts';
import { textColumn, timeColumn } from './columns.ts';

/** Named as the columns. */
export interface ExecutionRow {
  readonly execution_id: string;
  readonly user_id: string | null;
  readonly language: string | null;
  readonly priority: string | null;
  readonly status: string;
  readonly message: string | null;
  readonly exit_code: number;
  readonly signal: string | null;
  readonly execution_time_ms: number;
  readonly cpu_time_ms: number;
  readonly memory_used_bytes: number;
  readonly retryable: boolean;
  readonly attempt: number;
  readonly sandbox_id: string | null;
  readonly node: string | null;
  readonly from_warm_pool: boolean | null;
  readonly correlation_id: string | null;
  readonly queued_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** The whole message, JSON as it came. */
  readonly result: string;
}

/** Throws `invalid_argument` for a result that names no execution or no status. */
export function executionRow(result: ExecutionResult, json: string): ExecutionRow {
  const missing = Object.entries({ execution_id: result.executionId, status: result.status })
    .filter(([, value]) => value === '')
    .map(([field]) => ({ field, problem: 'is missing' }));
  if (missing.length > 0) throw invalidFields(missing);
  const wasRun = result.sandboxId !== '';
  return {
    execution_id: result.executionId,
    user_id: textColumn(result.userId),
    language: textColumn(result.language),
    priority: textColumn(result.priority),
    status: result.status,
    message: textColumn(result.message),
    exit_code: result.exitCode,
    signal: textColumn(result.signal),
    execution_time_ms: result.executionTimeMs,
    cpu_time_ms: result.cpuTimeMs,
    memory_used_bytes: result.memoryUsedBytes,
    retryable: result.retryable,
    attempt: result.attempt,
    sandbox_id: textColumn(result.sandboxId),
    node: textColumn(result.node),
    from_warm_pool: wasRun ? result.fromWarmPool : null,
    correlation_id: textColumn(result.correlationId),
    queued_at: timeColumn(result.queuedAt),
    started_at: timeColumn(result.startedAt),
    finished_at: timeColumn(result.finishedAt),
    result: json,
  };
}
