// How many sandboxes there are in which state, from what the nodes that live report.
import type { NodeStatus } from '@pilotlight/contracts';

/** A node whose heartbeat stood still for so long is taken for dead; it beats every second. */
const nodeTimeoutMs = 5_000;

export interface StockCount {
  readonly template: string;
  readonly state: 'ready' | 'creating' | 'leased';
  readonly count: number;
}

/** The last report of each node. */
export class Stock {
  readonly #reports = new Map<string, { status: NodeStatus; changedAtMs: number }>();

  /** `nowMs` of a monotonic clock, here and below. */
  report(status: NodeStatus, nowMs: number): void {
    const known = this.#reports.get(status.node)?.status;
    const isSame =
      known?.incarnation === status.incarnation && known.heartbeat === status.heartbeat;
    if (!isSame) this.#reports.set(status.node, { status, changedAtMs: nowMs });
  }

  remove(node: string): void {
    this.#reports.delete(node);
  }

  /** Over all nodes that live; the others are forgotten. */
  counts(nowMs: number): StockCount[] {
    const sums = new Map<string, StockCount>();
    for (const [node, { status, changedAtMs }] of this.#reports) {
      if (nowMs - changedAtMs > nodeTimeoutMs) this.#reports.delete(node);
      else for (const pool of status.pools) addPool(sums, pool);
    }
    return [...sums.values()];
  }
}

function addPool(sums: Map<string, StockCount>, pool: NodeStatus['pools'][number]): void {
  for (const state of ['ready', 'creating', 'leased'] as const) {
    const { template } = pool;
    const key = `${template} ${state}`;
    sums.set(key, { template, state, count: (sums.get(key)?.count ?? 0) + pool[state] });
  }
}
