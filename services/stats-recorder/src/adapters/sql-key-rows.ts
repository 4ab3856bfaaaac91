// Rows of projects, plans and keys as messages.
import type { ApiKey, Entitlements, Project, StoredKey } from '@pilotlight/contracts';
import type { Row } from '../app/ports.ts';
import { numberOf, textOf, timeOf } from './row-values.ts';

export function projectOf(row: Row): Project {
  return {
    id: textOf(row, 'project_id'),
    name: textOf(row, 'project_name'),
    slug: textOf(row, 'slug'),
    plan: textOf(row, 'plan'),
    createdAt: timeOf(row, 'project_created_at'),
  };
}

export function entitlementsOf(row: Row): Entitlements {
  return {
    plan: textOf(row, 'plan'),
    priority: textOf(row, 'priority'),
    concurrentExecutions: numberOf(row, 'concurrent_executions'),
    queuedExecutions: numberOf(row, 'queued_executions'),
    requestsPerMinute: numberOf(row, 'requests_per_minute'),
    queriesPerMinute: numberOf(row, 'queries_per_minute'),
    timeout: numberOf(row, 'timeout'),
    memoryLimit: numberOf(row, 'memory_limit'),
  };
}

export function keyOf(row: Row): ApiKey {
  return {
    id: textOf(row, 'id'),
    prefix: textOf(row, 'key_prefix'),
    name: textOf(row, 'name'),
    project: textOf(row, 'slug'),
    userId: textOf(row, 'user_id'),
    role: textOf(row, 'role'),
    active: row['is_active'] === true,
    lastUsedAt: timeOf(row, 'last_used_at'),
    createdAt: timeOf(row, 'created_at'),
  };
}

/** By hash of the key. */
export function keyRowsOf(rows: readonly Row[]): Map<string, StoredKey> {
  return new Map(
    rows.map((row) => [
      textOf(row, 'key_hash'),
      {
        details: keyOf(row),
        projectId: textOf(row, 'project_id'),
        entitlements: entitlementsOf(row),
      },
    ]),
  );
}
