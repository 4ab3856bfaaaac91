// Tells schedulers and the pool-manager what this node has: at every change, gathered a little,
// and every second as a sign of life.
import { type NodePool, type NodeStatus, PlatformError, userMark } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import { breakerState } from '../domain/breaker.ts';
import { isHeld } from '../domain/sandbox-state.ts';
import type { HostWatch } from './host-watch.ts';
import type { Log, NodeInventory } from './ports.ts';
import type { Preparation, PreparationState } from './preparation.ts';
import type { Orphans } from './reaper.ts';
import type { Runs } from './runs.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';
import type { Stock } from './stock.ts';

/** Changes within this time become one report. */
const gatherMs = 50;
/** A reader takes a node for dead after several of these without a change. */
const heartbeatMs = 1_000;

export interface ReporterOptions {
  readonly registry: SandboxRegistry;
  readonly stock: Stock;
  readonly preparation: Pick<Preparation, 'stateOf' | 'onChange'>;
  readonly runs: Runs;
  readonly host: Pick<HostWatch, 'resources'>;
  readonly orphans: Pick<Orphans, 'oldestSeconds'>;
  readonly inventory: NodeInventory;
  readonly clock: Clock;
  readonly log: Log;
  readonly address: string;
  readonly driver: string;
  /** Of the driver, by the names of NodeStatus. */
  readonly capabilities: readonly string[];
  readonly runSlots: number;
  readonly sandboxSlots: number;
}

export class NodeReporter {
  readonly #options: ReporterOptions;
  #heartbeat = 0;
  #draining = false;
  #timer: Cancel | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #reporting: Promise<void> | undefined;
  #isDirty = false;
  #isAway = false;
  #closed = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    options.registry.onChange(() => this.#schedule(gatherMs));
    options.preparation.onChange(() => this.#schedule(gatherMs));
    this.#schedule(0);
  }

  /** Says that this node takes no more. Resolves when that is out, or could not be told. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#reporting;
    await this.#report();
  }

  /** Stops and takes this node out of the inventory. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    await this.#reporting;
    await this.#options.inventory.remove().catch((thrown: unknown) => {
      const err = PlatformError.from(thrown);
      this.#options.log.warn({ err }, 'this node stays in the inventory until its entry expires');
    });
  }

  /** What would be reported now. */
  status(): NodeStatus {
    const { registry, stock, runs, host, orphans, address, driver, capabilities } = this.#options;
    const { runSlots, sandboxSlots } = this.#options;
    return {
      ...registry.address,
      address,
      heartbeat: this.#heartbeat,
      driver,
      draining: this.#draining,
      runSlots,
      runs: runs.size,
      sandboxSlots,
      sandboxes: registry.census().all,
      pools: stock.pools.map((pool) => this.#pool(pool)),
      capabilities: [...capabilities],
      resources: host.resources,
      oldestOrphanSeconds: orphans.oldestSeconds(),
    };
  }

  #pool(pool: Stock['pools'][number]): NodePool {
    const { registry, preparation, clock, stock } = this.#options;
    const state = preparation.stateOf(pool.template);
    const { failures, problem } = pool.breaker;
    const breaker = breakerState(pool.breaker, clock.monotonicMs());
    // Where no stock is wanted only a caller can try it again, and none comes while there is a problem.
    const isSuspended = breaker === 'open' || (breaker === 'trial' && pool.target > 0);
    const leased = registry
      .all()
      .filter(({ state, template }) => isHeld(state) && template.name === pool.template);
    return {
      template: pool.template,
      ready: pool.ready.length,
      creating: pool.inFlight,
      leased: leased.length,
      waiting: pool.waiting,
      problem: state.kind === 'unavailable' ? state.reason : isSuspended ? problem : '',
      failures,
      version: state.kind === 'prepared' ? state.version : '',
      preparing: stepOf(state),
      unavailable: state.kind === 'unavailable',
      reservedFor: stock.reservedFor(pool.template).map(userMark),
    };
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    if (this.#reporting !== undefined) {
      this.#isDirty = true;
      return;
    }
    const atMs = this.#options.clock.monotonicMs() + ms;
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.();
    this.#timerAtMs = atMs;
    this.#timer = this.#options.clock.after(ms, () => this.#begin());
  }

  #begin(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#isDirty = false;
    this.#reporting = this.#report().finally(() => {
      this.#reporting = undefined;
      this.#schedule(this.#isDirty ? gatherMs : heartbeatMs);
    });
  }

  /** An outage is logged once, when it begins. */
  async #report(): Promise<void> {
    this.#heartbeat += 1;
    try {
      await this.#options.inventory.put(this.status());
      this.#isAway = false;
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      if (!this.#isAway)
        this.#options.log.warn({ err }, 'the state of this node cannot be reported');
      this.#isAway = true;
    }
  }
}

/** What is being done, or will be; empty where nothing is. */
function stepOf(state: PreparationState): string {
  if (state.kind === 'preparing') return state.step || 'being prepared';
  return state.kind === 'unprepared' && state.isOrdered ? 'waits for its turn' : '';
}
