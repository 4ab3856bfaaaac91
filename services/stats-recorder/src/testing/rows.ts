// Rows put into the database as they are, so that a test knows every number in it.
import type { Database } from '../app/ports.ts';

type Values = Readonly<Record<string, unknown>>;

export const day = new Date('2026-01-01T00:00:00Z');

/** So many minutes after the day began. */
export function minute(minutes: number): Date {
  return new Date(day.getTime() + minutes * 60_000);
}

/** Of a start that took `total_ms`, most of it in app_init. */
const start = {
  ...{ scheduling_ms: 1, image_pull_ms: 0, container_create_ms: 10, process_start_ms: 4 },
  ...{ app_init_ms: 15, total_ms: 30, template_revision: 'aaa', platform_version: '0.1.0' },
};

let ids = 0;

/** A request that waited so long; undefined: its sandbox never came up. */
export function request(at: Date, waitedMs: number | undefined, changes: Values = {}): Values {
  ids += 1;
  const isServed = waitedMs !== undefined;
  const available = isServed ? new Date(at.getTime() + waitedMs) : null;
  return {
    ...{ id: `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}` },
    ...{ container_id: `sb_${ids}`, user_id: 'ada', s3_bucket: '', template: 'python' },
    ...{ node: 'n1', request_received_at: at, code_server_available_at: available },
    ...{ acquisition_ms: waitedMs ?? null, from_warm_pool: isServed ? true : null },
    startup_time_ms: isServed ? Math.round(waitedMs) : null,
    ...(isServed ? { ...start, ready_at: available } : {}),
    ...changes,
  };
}

/** One that waited for a start of its own. */
export function coldRequest(at: Date, waitedMs: number, changes: Values = {}): Values {
  return request(at, waitedMs, { from_warm_pool: false, ...changes });
}

/** A sandbox that nobody came for. */
export function unused(at: Date, changes: Values = {}): Values {
  ids += 1;
  return {
    ...{ sandbox_id: `sb_${ids}`, template: 'python', node: 'n1', sandbox_created_at: at },
    ...{ ready_at: new Date(at.getTime() + 30), stopped_at: new Date(at.getTime() + 60_000) },
    ...{ ...start, ...changes },
  };
}

export async function insert(
  database: Database,
  table: 'container_stats' | 'warm_stock',
  rows: readonly Values[],
): Promise<void> {
  for (const row of rows) {
    const columns = Object.keys(row).join(', ');
    await database.query(
      `insert into ${table} (${columns})
       select ${columns} from jsonb_populate_record(null::${table}, $1::text::jsonb)`,
      [JSON.stringify(row)],
    );
  }
}
