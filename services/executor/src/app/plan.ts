// Takes the pool-manager's plan: what this node should hold warm, and have ready to be made.
import type { Plan } from '@pilotlight/contracts';
import type { Fence } from '../domain/fencing.ts';
import type { Log } from './ports.ts';
import type { Preparation } from './preparation.ts';
import type { Stock } from './stock.ts';

export interface PlanOptions {
  readonly node: string;
  readonly fence: Fence;
  readonly stock: Stock;
  readonly preparation: Pick<Preparation, 'order'>;
  readonly log: Log;
}

/** Level-triggered: the whole of what is wanted, every time. A plan of an older epoch changes nothing. */
export function applyPlan({ node, fence, stock, preparation, log }: PlanOptions, plan: Plan): void {
  if (!fence.admits('pool-manager', plan.epoch)) {
    log.warn({ epoch: plan.epoch }, 'a plan of a leader that was overtaken is ignored');
    return;
  }
  const mine = plan.nodes.find((other) => other.node === node);
  preparation.order(mine?.prepare ?? []);
  stock.setTargets(mine?.targets ?? []);
}
