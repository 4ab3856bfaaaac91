// Watches what a node says that it has against what it was told to have.
import { fromJsonBytes, NodeStatus, Plan } from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';

export interface StockWatch {
  /** Largest number of warm sandboxes ever ordered of the template. */
  readonly peakTarget: number;
  /** Largest number ever ready or on its way beyond the callers who waited. */
  readonly peakStock: number;
  /** Reports seen. */
  readonly reports: number;
  stop(): Promise<void>;
}

/** Follows the plan and the node's reports until it is stopped. */
export async function watchStock(bus: Bus, template: string): Promise<StockWatch> {
  const stop = new AbortController();
  const peak = { target: 0, stock: 0, reports: 0 };
  const [plans, nodes] = await Promise.all([bus.bucket('plan'), bus.bucket('nodes')]);
  const followPlans = async () => {
    for await (const change of plans.watch(stop.signal)) {
      if (change.kind !== 'put') continue;
      const targets = fromJsonBytes(Plan, change.entry.value).nodes.flatMap((node) => node.targets);
      const mine = targets.filter((target) => target.template === template);
      peak.target = Math.max(peak.target, ...mine.map(({ warm }) => warm));
    }
  };
  const followNodes = async () => {
    for await (const change of nodes.watch(stop.signal)) {
      if (change.kind !== 'put') continue;
      const { pools } = fromJsonBytes(NodeStatus, change.entry.value);
      const mine = pools.filter((pool) => pool.template === template);
      const stock = mine.map(({ creating, ready, waiting }) => ready + creating - waiting);
      peak.stock = Math.max(peak.stock, ...stock);
      peak.reports += 1;
    }
  };
  const following = Promise.all([followPlans(), followNodes()]);
  return {
    get peakTarget() {
      return peak.target;
    },
    get peakStock() {
      return peak.stock;
    },
    get reports() {
      return peak.reports;
    },
    async stop() {
      stop.abort();
      await following;
    },
  };
}
