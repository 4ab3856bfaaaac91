// How many sandboxes there are in which state, from what the nodes that live report.
import type { LiveNode } from './live-nodes.ts';

const stockStates = ['ready', 'creating', 'leased'] as const;

export interface StockCount {
  readonly template: string;
  readonly state: (typeof stockStates)[number];
  readonly count: number;
}

/** Over all nodes. `labelOf` makes a template's name a label; those of one label are summed. */
export function stockCounts(
  nodes: readonly LiveNode[],
  labelOf: (template: string) => string,
): StockCount[] {
  const sums = new Map<string, StockCount>();
  for (const pool of nodes.flatMap(({ status }) => status.pools)) {
    const template = labelOf(pool.template);
    for (const state of stockStates) {
      const key = `${template} ${state}`;
      sums.set(key, { template, state, count: (sums.get(key)?.count ?? 0) + pool[state] });
    }
  }
  return [...sums.values()];
}
