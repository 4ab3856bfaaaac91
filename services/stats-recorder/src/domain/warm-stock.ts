// A row of warm_stock: a sandbox that ended without ever having been leased.
import { invalidFields, type SandboxEvent } from '@pilotlight/contracts';
import { elapsedColumn, timeColumn } from './columns.ts';
import { type StartColumns, startColumns } from './start-columns.ts';

/** Named as the columns. Null: not known from this event. */
export interface WarmStockRow extends StartColumns {
  readonly sandbox_id: string;
  readonly stopped_at: string | null;
  readonly idle_ms: number | null;
  readonly stop_reason: string | null;
}

/** Of a `stopped` or `failed` event without a request. Throws `invalid_argument` without an id. */
export function warmStockRow(event: SandboxEvent): WarmStockRow {
  if (event.sandboxId === '') throw invalidFields([{ field: 'sandbox_id', problem: 'is missing' }]);
  return {
    sandbox_id: event.sandboxId,
    ...startColumns(event),
    stopped_at: timeColumn(event.stoppedAt ?? event.at),
    idle_ms: elapsedColumn(event.readyAt, event.stoppedAt),
    stop_reason: event.stopReason || (event.type === 'failed' ? 'error' : null),
  };
}
