// Rows of pool_samples: what the nodes and the plan say of each template at one moment.
import type { NodeStatus, Plan } from '@pilotlight/contracts';

/** Named as the columns. */
export interface PoolSampleRow {
  readonly sampled_at: string;
  readonly template: string;
  readonly target: number;
  readonly ready: number;
  readonly creating: number;
  readonly leased: number;
  readonly waiting: number;
  readonly nodes: number;
}

/** What a sample is made of. */
export interface Fleet {
  /** Those that live. */
  readonly nodes: readonly NodeStatus[];
  readonly plan: Plan | undefined;
}

/** Often enough to see a burst drain a pool, seldom enough to keep: 8,640 rows a day for each template. */
export const slotMs = 10_000;

/** The moment that all samples of its ten seconds are filed under. */
export function slotOf(now: Date): Date {
  return new Date(Math.floor(now.getTime() / slotMs) * slotMs);
}

/** One row for each template that is on a node or in the plan, summed over the nodes that live. */
export function poolSampleRows(fleet: Fleet, slot: Date): PoolSampleRow[] {
  const rows = new Map<string, Mutable<PoolSampleRow>>();
  const rowOf = (template: string) => {
    const none = { target: 0, ready: 0, creating: 0, leased: 0, waiting: 0, nodes: 0 };
    const row = rows.get(template) ?? { sampled_at: slot.toISOString(), template, ...none };
    rows.set(template, row);
    return row;
  };
  for (const pool of fleet.nodes.flatMap((node) => node.pools)) {
    const row = rowOf(pool.template);
    row.ready += pool.ready;
    row.creating += pool.creating;
    row.leased += pool.leased;
    row.waiting += pool.waiting;
    row.nodes += pool.unavailable ? 0 : 1;
  }
  const living = new Set(fleet.nodes.map((node) => node.node));
  for (const { node, targets } of fleet.plan?.nodes ?? []) {
    if (!living.has(node)) continue;
    for (const target of targets) rowOf(target.template).target += target.warm;
  }
  return [...rows.values()];
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
