// Rows for keys that are in force without one: their database was lost, and this is another.
import type { Entitlements, StoredKey } from '@pilotlight/contracts';
import type { Session } from '../app/ports.ts';
import type { KeysByHash } from '../domain/reconcile-keys.ts';

const plan = `insert into plans (name, priority, concurrent_executions, queued_executions,
    requests_per_minute, queries_per_minute, timeout, memory_limit)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`;

/** Its name is lost: the slug stands for it. */
const project = 'insert into projects (id, name, slug) values ($1, $2, $2) on conflict do nothing';

const projectPlan = `insert into project_plans (project_id, plan)
  select id, $2 from projects where slug = $1 on conflict do nothing`;

const key = `insert into api_keys (id, project_id, key_hash, key_prefix, name, created_at)
  select $1::uuid, id, $3, $4, nullif($5, ''), coalesce($6::timestamptz, now())
  from projects where slug = $2 on conflict do nothing`;

const holder = `insert into api_key_grants (api_key_id, user_id, role)
  values ($1, nullif($2, ''), $3) on conflict do nothing`;

/** What there is already stays as it is. */
export async function adopt(session: Session, keys: KeysByHash): Promise<void> {
  for (const [hash, stored] of keys) await adoptOne(session, hash, stored);
}

async function adoptOne(session: Session, hash: string, stored: StoredKey): Promise<void> {
  const { details, projectId, entitlements } = stored;
  if (details === undefined || entitlements === undefined) return;
  const { id, prefix, name, project: slug, userId, role, createdAt } = details;
  await session.query(plan, planParameters(entitlements));
  await session.query(project, [projectId, slug]);
  await session.query(projectPlan, [slug, entitlements.plan]);
  const createdAtText = createdAt?.toISOString() ?? null;
  await session.query(key, [id, slug, hash, prefix, name, createdAtText]);
  await session.query(holder, [id, userId, role]);
}

/** In the order of the table's columns. */
export function planParameters(of: Entitlements): readonly unknown[] {
  const counts = [of.concurrentExecutions, of.queuedExecutions];
  const rates = [of.requestsPerMinute, of.queriesPerMinute];
  return [of.plan, of.priority, ...counts, ...rates, of.timeout, of.memoryLimit];
}
