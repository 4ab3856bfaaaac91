// A row of warm_stock: a sandbox that ended without ever having been leased.
import { invalidFields, type SandboxEvent } from '@pilotlight/contracts';
import {
  elapsedColumn,
  type PhaseColumns,
  phaseColumns,
  textColumn,
  timeColumn,
} from './columns.ts';

/** Named as the columns. Null: not known from this event. */
export interface WarmStockRow extends PhaseColumns {
  readonly sandbox_id: string;
  readonly template: string;
  readonly node: string;
  readonly sandbox_created_at: string | null;
  readonly ready_at: string | null;
  readonly stopped_at: string | null;
  readonly idle_ms: number | null;
  readonly stop_reason: string | null;
  readonly detail: string | null;
}

/** Of a `stopped` or `failed` event without a request. Throws `invalid_argument` without an id. */
export function warmStockRow(event: SandboxEvent): WarmStockRow {
  if (event.sandboxId === '') throw invalidFields([{ field: 'sandbox_id', problem: 'is missing' }]);
  return {
    sandbox_id: event.sandboxId,
    template: event.template,
    node: event.node,
    sandbox_created_at: timeColumn(event.sandboxCreatedAt),
    ready_at: timeColumn(event.readyAt),
    stopped_at: timeColumn(event.stoppedAt ?? event.at),
    idle_ms: elapsedColumn(event.readyAt, event.stoppedAt),
    ...phaseColumns(event.phases),
    stop_reason: event.stopReason || (event.type === 'failed' ? 'error' : null),
    detail: textColumn(event.detail),
  };
}

/** Two rows of one sandbox as one: what is known stays known. */
export function mergeWarmStock(a: WarmStockRow, b: WarmStockRow): WarmStockRow {
  const known = Object.entries(b).filter(([, value]) => value !== null);
  return { ...a, ...Object.fromEntries(known) };
}
