// The pools as the leader keeps them: policies, standing targets, and what users see of them.
import {
  type DemandPrediction,
  invalidFields,
  type NodePlan,
  type Plan,
  PlatformError,
  Pool,
  type PoolPolicy,
  SetPolicyRequest,
  type StoredPolicy,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { forecast } from '../domain/forecast.ts';
import { countPool, stockNodes } from '../domain/nodes.ts';
import { initialStanding, type PoolPlan, planPool } from '../domain/plan-pool.ts';
import { changedPolicy, mergedChange, policyProblems } from '../domain/pool-policy.ts';
import { prepareOrder } from '../domain/prepare-order.ts';
import { spreadStock } from '../domain/spread.ts';
import type { Observations } from './observations.ts';

interface PoolState {
  readonly entry: CatalogueEntry;
  policy: PoolPolicy;
  /** What of the policy is not the template's own. */
  changed: SetPolicyRequest;
  plan: PoolPlan;
  /** Of the target, what the nodes had room for. */
  placed: number;
  lastScaleTime: Date | undefined;
  /** Until when each sandbox that was asked for ahead is wanted, on the monotonic clock. */
  prefetchedUntilMs: number[];
}

/** A user who has logged in and has not opened anything by then will not. */
const prefetchedForMs = 600_000;

const unplanned: PoolPlan = { ...initialStanding, create: 0, retire: 0, capped: false };

/** Decides targets. Holds no connection: the caller stores what `plan` returns. */
export class Pools {
  readonly #pools: ReadonlyMap<string, PoolState>;
  readonly #observations: Observations;
  readonly #clock: Clock;
  #arePoliciesKnown = false;

  constructor(entries: readonly CatalogueEntry[], observations: Observations, clock: Clock) {
    this.#observations = observations;
    this.#clock = clock;
    this.#pools = new Map(
      entries.map((entry) => [
        entry.template.name,
        {
          ...{ entry, policy: entry.policy, plan: unplanned, placed: 0 },
          ...{ lastScaleTime: undefined, prefetchedUntilMs: [] },
          changed: SetPolicyRequest.create({ template: entry.template.name }),
        },
      ]),
    );
  }

  /** Goes on from another leader's plan, so that a change of leader shrinks nothing. */
  resume(plan: Plan): void {
    for (const [template, pool] of this.#pools) {
      const targets = plan.nodes.flatMap((node) => node.targets);
      const target = targets
        .filter((stock) => stock.template === template)
        .reduce((sum, { warm }) => sum + warm, 0);
      pool.plan = { ...unplanned, target };
    }
  }

  /**
   * Takes up what was changed of the policies before, also by another leader. The result names the
   * templates whose change does not fit their own policy any more; theirs is as if never changed.
   */
  restore(changes: ReadonlyMap<string, SetPolicyRequest>): string[] {
    this.#arePoliciesKnown = true;
    return [...this.#pools].flatMap(([template, pool]) => {
      const before = changes.get(template) ?? SetPolicyRequest.create({ template });
      const policy = changedPolicy(pool.entry.policy, before);
      const isRefused = policyProblems(policy).length > 0;
      pool.policy = isRefused ? pool.entry.policy : policy;
      pool.changed = isRefused ? SetPolicyRequest.create({ template }) : before;
      return isRefused ? [template] : [];
    });
  }

  /** Before `restore` nobody may be told of policies, or change them: others' changes would be lost. */
  get arePoliciesKnown(): boolean {
    return this.#arePoliciesKnown;
  }

  /** Another leads from now on, and changes policies. */
  endTerm(): void {
    this.#arePoliciesKnown = false;
  }

  /** What `restore` needs again, and readers want to know. Throws `not_found`. */
  storedPolicy(template: string): StoredPolicy {
    const { policy, changed } = this.#find(template);
    return { policy, changed };
  }

  /** Decides anew, from all that is known now. */
  plan(): NodePlan[] {
    const nodes = this.#observations.nodes();
    for (const [template, pool] of this.#pools) {
      const { target } = pool.plan;
      pool.plan = this.#planOne(template, pool);
      if (pool.plan.target !== target) pool.lastScaleTime = this.#clock.now();
    }
    const demands = [...this.#pools].map(([template, { plan, policy }]) => ({
      template,
      // Where no node can make it, its place is better used; they go on trying to prepare it.
      target: countPool(template, nodes).unavailable ? 0 : plan.target,
      guaranteed: policy.minSize,
    }));
    const spread = spreadStock(demands, stockNodes(nodes));
    for (const [template, pool] of this.#pools) pool.placed = spread.placed.get(template) ?? 0;
    const prepare = this.#prepareOrder();
    return [...spread.byNode].map(([node, targets]) => ({
      node,
      targets: [...targets].map(([template, warm]) => ({
        ...{ template, warm },
        ttlSeconds: this.#pools.get(template)?.policy.ttl ?? 0,
      })),
      prepare,
    }));
  }

  #prepareOrder(): string[] {
    return prepareOrder(
      [...this.#pools.values()].map(({ entry, policy }) => ({
        template: entry.template,
        minSize: policy.minSize,
      })),
    );
  }

  #planOne(template: string, pool: PoolState): PoolPlan {
    const now = this.#clock.now();
    const nowMs = this.#clock.monotonicMs();
    pool.prefetchedUntilMs = pool.prefetchedUntilMs.filter((untilMs) => untilMs > nowMs);
    const history = this.#observations.demand(template);
    const { ready, creating, leased } = countPool(template, this.#observations.nodes());
    return planPool({
      observed: { ready, leased },
      inFlight: creating,
      demand: {
        recent: history.recent(now),
        forecastPerHour: forecast(history.hourly(now), now).perHour,
        leadTimeMs: this.#observations.leadTimeMs(template),
      },
      prefetched: pool.prefetchedUntilMs.length,
      policy: pool.policy,
      standing: pool.plan,
      nowMs,
    });
  }

  list(): Pool[] {
    return [...this.#pools.keys()].map((template) => this.#describe(template));
  }

  /** Throws `not_found`, or `invalid_argument` with every field that is wrong; then nothing changed. */
  setPolicy(request: SetPolicyRequest): Pool {
    const pool = this.#find(request.template);
    const policy = changedPolicy(pool.policy, request);
    const problems = policyProblems(policy);
    if (problems.length > 0) throw invalidFields(problems);
    pool.policy = policy;
    pool.changed = mergedChange(pool.changed, request);
    return this.#describe(request.template);
  }

  /**
   * Wants one warm sandbox more for the next ten minutes, within `max_size`; what it has grown by goes
   * as any surplus does. Says so, for people. Throws `not_found`.
   */
  prefetch(template: string): string {
    const pool = this.#find(template);
    const { length } = pool.prefetchedUntilMs;
    if (length >= pool.policy.maxSize) return `${template} is at max_size`;
    pool.prefetchedUntilMs.push(this.#clock.monotonicMs() + prefetchedForMs);
    return `${length + 1} more of ${template}`;
  }

  /** Throws `not_found` with the templates that are known. */
  predict(template: string): DemandPrediction {
    this.#find(template);
    const now = this.#clock.now();
    const { perHour, confidence, samples } = forecast(
      this.#observations.demand(template).hourly(now),
      now,
    );
    return { timestamp: now, template, predictedDemand: Math.ceil(perHour), confidence, samples };
  }

  #describe(template: string): Pool {
    const { entry, policy, plan, placed, lastScaleTime } = this.#find(template);
    const nodes = this.#observations.nodes();
    const { ready, creating, leased, ...count } = countPool(template, nodes);
    return Pool.create({
      template,
      language: entry.template.language ?? '',
      // Before the first node is there, nothing has room, but it is wanted all the same.
      targetSize: nodes.length === 0 ? plan.target : placed,
      currentSize: ready + creating + leased,
      available: ready,
      creating,
      leased,
      lastScaleTime,
      policy,
      problems: [...count.problems],
      capped: plan.capped || (!count.unavailable && placed < plan.target),
      versions: [...count.versions],
      preparing: [...count.preparing],
      isolation: entry.template.isolation,
      unavailable: count.unavailable,
    });
  }

  #find(template: string): PoolState {
    const pool = this.#pools.get(template);
    if (pool !== undefined) return pool;
    const problem = `is none of ${[...this.#pools.keys()].join(', ')}`;
    throw new PlatformError('not_found', `template: "${template}" ${problem}`, {
      details: [{ field: 'template', problem }],
    });
  }
}
