// The sizing of one pool: what is, what was asked for and what may be go in, a target comes out.
import type { PoolPolicy } from '@pilotlight/contracts';
import { baseStock } from './base-stock.ts';

/** One template's sandboxes over all nodes that live. */
export interface ObservedPool {
  readonly ready: number;
  readonly leased: number;
}

export interface PoolDemand {
  /** Acquires and runs of the last five minutes. */
  readonly recent: number;
  /** Expected in the coming hour. */
  readonly forecastPerHour: number;
  /** From the order to create until a sandbox is ready, as lately seen. */
  readonly leadTimeMs: number;
}

/** What the last plan left behind; `initialStanding` before the first. */
export interface StandingPlan {
  readonly target: number;
  /** Since when less would do, in milliseconds of the same clock as `nowMs`; undefined: it would not. */
  readonly surplusSinceMs: number | undefined;
}

export const initialStanding: StandingPlan = { target: 0, surplusSinceMs: undefined };

export interface PoolSituation {
  readonly observed: ObservedPool;
  /** Creations under way. They count as stock, so that a slow refill is not ordered twice. */
  readonly inFlight: number;
  readonly demand: PoolDemand;
  /** Asked for ahead of a user who is about to come; on top of what demand wants. */
  readonly prefetched: number;
  readonly policy: PoolPolicy;
  readonly standing: StandingPlan;
  /** Of a monotonic clock. */
  readonly nowMs: number;
}

export interface PoolPlan extends StandingPlan {
  /** What is missing to the target, and what is above it; at most one of them is not 0. */
  readonly create: number;
  readonly retire: number;
  /** True where `max_size` keeps the target below the demand. */
  readonly capped: boolean;
}

/**
 * Decides how much warm stock (ready and being created; leased sandboxes are not stock) a
 * template should have over all nodes. It grows at once, and shrinks by a fifth at a time after
 * `scale_down_delay` of low utilisation each; only `max_size` cuts at once. The order itself, its
 * pacing and the replacement of stock that is past its ttl are the executor's, which alone knows
 * the age of each sandbox.
 */
export function planPool(situation: PoolSituation): PoolPlan {
  const { observed, inFlight, policy } = situation;
  const wanted = wantedStock(situation) + situation.prefetched;
  const bounded = Math.min(Math.max(wanted, policy.minSize), policy.maxSize);
  const next = settle(bounded, situation);
  const stock = observed.ready + inFlight;
  return {
    ...next,
    create: Math.max(0, next.target - stock),
    retire: Math.max(0, stock - next.target),
    capped: wanted > policy.maxSize,
  };
}

function wantedStock({ observed, inFlight, demand, policy }: PoolSituation): number {
  const predicted = baseStock(demand.forecastPerHour, demand.leadTimeMs);
  const prewarmed = Math.ceil(1.2 * predicted);
  const current = observed.ready + inFlight;
  const forecastLevel = predicted > 0.8 * current ? prewarmed : Math.min(prewarmed, current);
  return Math.max(reactiveFloor(observed, demand, policy), forecastLevel);
}

/**
 * 1.5 x the requests of the last five minutes (003 section 2.3), which takes all of them for
 * requests that may come again together: dear for steady traffic, right for bursts, and
 * `max_size` says how dear it may get. While fewer are ready than `scale_up_threshold` and
 * somebody is asking, half as much again (000): of this floor rather than of the present
 * size, so that looking twice before a refill has arrived does not grow it twice.
 */
function reactiveFloor(observed: ObservedPool, demand: PoolDemand, policy: PoolPolicy): number {
  const floor = Math.max(policy.minSize, Math.ceil(1.5 * demand.recent));
  const isShort = observed.ready < policy.scaleUpThreshold && demand.recent > 0;
  return isShort ? Math.ceil(1.5 * floor) : floor;
}

/** Grows at once; shrinks late and slowly. */
function settle(wanted: number, situation: PoolSituation): StandingPlan {
  const { observed, inFlight, policy, standing, nowMs } = situation;
  const held = Math.min(standing.target, policy.maxSize);
  if (wanted >= held) return { target: wanted, surplusSinceMs: undefined };
  const size = observed.ready + inFlight + observed.leased;
  const utilization = size === 0 ? 0 : observed.leased / size;
  if (utilization >= policy.targetUtilization / 2) {
    return { target: held, surplusSinceMs: undefined };
  }
  const since = standing.surplusSinceMs ?? nowMs;
  if (nowMs - since < policy.scaleDownDelay * 1_000) return { target: held, surplusSinceMs: since };
  return { target: Math.max(wanted, held - Math.ceil(held / 5)), surplusSinceMs: nowMs };
}
