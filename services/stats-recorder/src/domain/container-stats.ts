// A row of container_stats from the events of one request, and how two of them become one.
import { type FieldError, invalidFields, type SandboxEvent } from '@pilotlight/contracts';
import {
  durationColumn,
  elapsedColumn,
  integerColumn,
  textColumn,
  timeColumn,
  uuidColumn,
} from './columns.ts';
import { shutdownReason } from './shutdown-reason.ts';
import { mergeKnown, type StartColumns, startColumns } from './start-columns.ts';

/** Named as the columns. Null: not known from this event. */
export interface ContainerStatsRow extends StartColumns {
  readonly id: string;
  readonly container_id: string;
  readonly user_id: string | null;
  readonly s3_bucket: string;
  readonly request_received_at: string;
  readonly code_server_available_at: string | null;
  readonly container_stopped_at: string | null;
  readonly startup_time_ms: number | null;
  readonly active_duration_ms: number | null;
  readonly shutdown_reason: string | null;
  readonly from_warm_pool: boolean | null;
  readonly acquisition_ms: number | null;
  readonly execution_id: string | null;
  readonly execution_status: string | null;
  readonly language: string | null;
  readonly stop_reason: string | null;
}

/**
 * The row of the request that an event belongs to. Throws `invalid_argument` for an event that
 * cannot be a row. A request that never got its sandbox has no `code_server_available_at`.
 */
export function containerStatsRow(event: SandboxEvent): ContainerStatsRow {
  const receivedAt = required(event);
  const isAvailable = event.availableAt !== undefined;
  const isOver = event.type === 'stopped' || event.type === 'failed';
  const stopReason = event.type === 'failed' ? event.stopReason || 'error' : event.stopReason;
  return {
    id: uuidColumn(event.requestId),
    container_id: event.sandboxId,
    user_id: textColumn(event.userId),
    s3_bucket: event.s3Bucket,
    request_received_at: receivedAt.toISOString(),
    code_server_available_at: timeColumn(event.availableAt),
    container_stopped_at: isOver ? timeColumn(event.stoppedAt ?? event.at) : null,
    startup_time_ms: isAvailable ? integerColumn(event.acquisitionMs) : null,
    active_duration_ms: isOver ? elapsedColumn(event.availableAt, event.stoppedAt) : null,
    shutdown_reason: isOver ? shutdownReason(stopReason, event.executionStatus) : null,
    ...startColumns(event),
    from_warm_pool: isAvailable ? event.fromWarmPool : null,
    acquisition_ms: isAvailable ? durationColumn(event.acquisitionMs) : null,
    execution_id: textColumn(event.executionId),
    execution_status: textColumn(event.executionStatus),
    language: textColumn(event.language),
    stop_reason: isOver ? textColumn(stopReason) : null,
  };
}

function required(event: SandboxEvent): Date {
  const problems: FieldError[] = [];
  if (event.sandboxId === '') problems.push({ field: 'sandbox_id', problem: 'is missing' });
  const receivedAt = event.requestReceivedAt;
  if (receivedAt === undefined) {
    problems.push({ field: 'request_received_at', problem: 'is missing' });
  }
  if (problems.length > 0 || receivedAt === undefined) throw invalidFields(problems);
  return receivedAt;
}

/**
 * Two rows of one request as one. Of one sandbox, what is known stays known. A request may have
 * tried several: a start that failed before another gave it one, or an attempt whose node died
 * before the next; then the row tells of the sandbox that it had last. So neither order nor
 * repetition matters. The statement in sql-stats-store.ts does the same to the stored row.
 */
export function mergeContainerStats(a: ContainerStatsRow, b: ContainerStatsRow): ContainerStatsRow {
  if (a.container_id !== b.container_id) return isLater(a, b) ? a : b;
  return mergeKnown(a, b);
}

/** Never having been available is the earliest; ids decide between equals, so all agree. */
function isLater(a: ContainerStatsRow, b: ContainerStatsRow): boolean {
  const [mine, other] = [a.code_server_available_at ?? '', b.code_server_available_at ?? ''];
  return mine === other ? a.container_id > b.container_id : mine > other;
}
