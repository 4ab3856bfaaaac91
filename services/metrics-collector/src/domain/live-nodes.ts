// The nodes that live, each with its last report.
import type { NodeStatus } from '@pilotlight/contracts';

/** A node whose heartbeat stood still for so long is taken for dead; it beats every second. */
const nodeTimeoutMs = 5_000;

export interface LiveNode {
  /** Its key in KV `nodes`, which passed the check of tokens; the report may say anything. */
  readonly node: string;
  readonly status: NodeStatus;
}

/** The last report of each node. */
export class LiveNodes {
  readonly #reports = new Map<string, { status: NodeStatus; changedAtMs: number }>();

  /** `nowMs` of a monotonic clock, here and below. */
  report(node: string, status: NodeStatus, nowMs: number): void {
    const known = this.#reports.get(node)?.status;
    const isSame =
      known?.incarnation === status.incarnation && known.heartbeat === status.heartbeat;
    if (!isSame) this.#reports.set(node, { status, changedAtMs: nowMs });
  }

  remove(node: string): void {
    this.#reports.delete(node);
  }

  /** Sorted by name; those that are silent are forgotten. */
  living(nowMs: number): readonly LiveNode[] {
    for (const [node, { changedAtMs }] of this.#reports) {
      if (nowMs - changedAtMs > nodeTimeoutMs) this.#reports.delete(node);
    }
    return [...this.#reports]
      .map(([node, { status }]) => ({ node, status }))
      .toSorted((a, b) => (a.node < b.node ? -1 : 1));
  }
}
