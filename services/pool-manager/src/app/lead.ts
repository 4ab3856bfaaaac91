// A term as the leading pool-manager: publish the catalogue, then keep the plan current.
import { Plan, PlatformError, type Template } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Logger } from '@pilotlight/telemetry';
import type { Observations } from './observations.ts';
import type { Pools } from './pools.ts';
import type { PlanStore, PolicyStore, TemplateStore } from './ports.ts';
import { Turns } from './turns.ts';

/** Without any change, the plan is looked at so often: windows pass and delays end. */
export const replanEveryMs = 1_000;
/** Changes that come together are answered together. */
export const coalesceMs = 50;

export interface TermOptions {
  readonly epoch: number;
  /** Aborts when the term is over. */
  readonly term: AbortSignal;
  readonly pools: Pools;
  readonly templates: readonly Template[];
  readonly planStore: PlanStore;
  readonly templateStore: TemplateStore;
  readonly policyStore: PolicyStore;
  readonly observations: Pick<Observations, 'onChange'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Lasts as long as the term, or until a later one is seen to have written the plan. A bus that is
 * away is waited for; the plan is written on change only.
 */
export async function leadTerm(options: TermOptions): Promise<void> {
  const { epoch, term, observations, clock, logger } = options;
  logger.info({ epoch }, 'leading');
  const writer = new PlanWriter(options);
  const turns = new Turns({ clock, signal: term, everyMs: replanEveryMs, coalesceMs });
  const stopListening = observations.onChange(() => turns.poke());
  try {
    while (!term.aborted) {
      await writer.tryToBringUpToDate();
      if (writer.isOverruled) return;
      await turns.next();
    }
  } finally {
    stopListening();
    options.pools.endTerm();
  }
}

class PlanWriter {
  readonly #options: TermOptions;
  #written: string | undefined;
  #version = 0;
  #isPrepared = false;
  #isAway = false;
  #isOverruled = false;

  constructor(options: TermOptions) {
    this.#options = options;
  }

  /** Whether a later term's plan was found; this one must not be written again. */
  get isOverruled(): boolean {
    return this.#isOverruled;
  }

  /** Says once that the bus is away, and once that it is back. */
  async tryToBringUpToDate(): Promise<void> {
    const { logger } = this.#options;
    try {
      await this.#bringUpToDate();
      if (this.#isAway) logger.info('the plan is written again');
      this.#isAway = false;
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      if (error.code !== 'unavailable' && error.code !== 'deadline_exceeded') throw error;
      if (!this.#isAway) logger.warn({ err: error }, 'the plan waits until the bus is back');
      this.#isAway = true;
    }
  }

  /** Safe to repeat after any failure. */
  async #bringUpToDate(): Promise<void> {
    const { epoch, pools, planStore, term, logger } = this.#options;
    if (!this.#isPrepared) await this.#prepare();
    if (this.#isOverruled) return;
    const nodes = pools.plan();
    const wanted = JSON.stringify(nodes);
    if (wanted === this.#written || term.aborted) return;
    const plan = Plan.create({ epoch, version: this.#version + 1, nodes });
    if (await planStore.write(plan)) {
      this.#version = plan.version;
      this.#written = wanted;
      logger.info({ version: plan.version, nodes }, 'the plan has changed');
    } else {
      await this.#catchUp();
    }
  }

  async #prepare(): Promise<void> {
    const { templateStore, templates, pools } = this.#options;
    await templateStore.publish(templates);
    await this.#restorePolicies();
    const standing = await this.#catchUp();
    if (standing !== undefined) pools.resume(standing);
    this.#isPrepared = true;
  }

  /** As they were changed before this term; the store then tells all of them, also unchanged ones. */
  async #restorePolicies(): Promise<void> {
    const { policyStore, pools, templates, logger } = this.#options;
    const refused = pools.restore(await policyStore.read());
    if (refused.length > 0) logger.warn({ templates: refused }, 'changes of policy do not fit');
    for (const { name } of templates) await policyStore.write(name, pools.storedPolicy(name));
  }

  /** Learns the version of the standing plan, which is undefined where it is not to go on from. */
  async #catchUp(): Promise<Plan | undefined> {
    const { epoch, planStore, logger } = this.#options;
    const standing = await planStore.read();
    this.#written = undefined;
    this.#version = standing?.version ?? 0;
    this.#isOverruled = standing !== undefined && standing.epoch > epoch;
    if (!this.#isOverruled) return standing;
    logger.warn({ epoch, later: standing?.epoch }, 'a later leader has written the plan');
    return undefined;
  }
}
