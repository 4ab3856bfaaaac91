// The node's warm sandboxes and those who wait for one: hands out, orders, retires. Decisions are
// in domain/reconcile.ts and domain/create-order.ts; this does what they say.
import { PlatformError, type StockTarget, type Template } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import { afterFailure, breakerState, closedBreaker } from '../domain/breaker.ts';
import { warmDeadline } from '../domain/expiry.ts';
import { reconcileStock, refillBatch, unneeded } from '../domain/reconcile.ts';
import { CreateQueue } from './create-queue.ts';
import { watchDeadline } from './deadline.ts';
import type { Disposal } from './disposal.ts';
import { Pool } from './pool.ts';
import type { Log } from './ports.ts';
import type { Requester, SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';
import { brokenTemplate, createWaiter, draining } from './waiter.ts';

export interface StockOptions {
  readonly registry: SandboxRegistry;
  readonly disposal: Disposal;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes an ordered sandbox to ready; on failure it has cleaned up. See `createSandbox`. */
  readonly create: (
    record: SandboxRecord,
    signal: AbortSignal,
    whoWaits: () => Requester | undefined,
  ) => Promise<void>;
  readonly sandboxSlots: number;
  readonly maxConcurrentCreates: number;
  /** Refills begin so long after the change that asks for them: a run that just began goes first. */
  readonly refillDelayMs: number;
  /** In [0, 1); spreads expiry. */
  readonly random: () => number;
}

export class Stock {
  readonly #options: StockOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #queue: CreateQueue;
  readonly #closing = new AbortController();
  #catalogue: ReadonlyMap<string, Template> = new Map();
  #scheduled: Cancel | undefined;

  constructor(options: StockOptions) {
    this.#options = options;
    this.#queue = new CreateQueue({
      maxConcurrent: options.maxConcurrentCreates,
      demands: () => this.pools.map((pool) => pool.demand()),
      create: (record) => this.#create(record),
    });
    options.registry.onChange(() => this.#reconcileSoon());
  }

  get pools(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  /** Creations that a driver is at. */
  get creating(): number {
    return this.#queue.running;
  }

  /** A template as the catalogue has it now. Throws `unavailable` for one that it does not have. */
  template(name: string): Template {
    const template = this.#catalogue.get(name);
    if (template !== undefined) return template;
    throw new PlatformError('unavailable', `this node knows no template "${name}"`);
  }

  /** Stock of a template that changed or went is retired; what is held lives on. */
  setCatalogue(catalogue: ReadonlyMap<string, Template>): void {
    this.#catalogue = catalogue;
    for (const pool of this.#pools.values()) {
      for (const record of pool.ready) {
        if (record.template !== catalogue.get(pool.template)) this.#retire(record);
      }
    }
    this.#reconcileSoon();
  }

  /** Warm sandboxes wanted; a template that is not named is wanted no more. */
  setTargets(targets: readonly StockTarget[]): void {
    for (const pool of this.#pools.values()) pool.target = 0;
    for (const { template, warm, ttlSeconds } of targets) {
      const pool = this.#pool(template);
      pool.target = warm;
      pool.ttlMs = ttlSeconds * 1_000;
    }
    this.#reconcileSoon();
  }

  /**
   * Gives the requester a sandbox of its own, which is `leased` from that moment: a ready one at
   * once, else whichever becomes ready first; one is ordered for it. Rejects `resource_exhausted`
   * where the node is full or the wait took too long, `unavailable` while draining or where the
   * template keeps failing, and with the signal's reason when the caller gives up.
   */
  claim(
    template: string,
    requester: Requester,
    signal: AbortSignal,
  ): SandboxRecord | Promise<SandboxRecord> {
    if (this.#closing.signal.aborted) return Promise.reject(draining());
    this.template(template);
    const pool = this.#pool(template);
    const ready = pool.take();
    if (ready !== undefined) return this.#handOver(ready, requester, true);
    return this.#wait(pool, requester, signal);
  }

  /** Refuses claims from now on, sends those who wait away, calls creations off, retires the stock. */
  async close(): Promise<void> {
    this.#closing.abort(draining());
    this.#scheduled?.();
    for (const pool of this.#pools.values()) {
      this.#refuseAll(pool, draining());
      for (const record of pool.ready) this.#retire(record);
      this.#forget(pool, Number.POSITIVE_INFINITY);
    }
    await this.#queue.settled();
  }

  #pool(template: string): Pool {
    const known = this.#pools.get(template);
    if (known !== undefined) return known;
    const pool = new Pool(template);
    this.#pools.set(template, pool);
    return pool;
  }

  #wait(pool: Pool, requester: Requester, signal: AbortSignal): Promise<SandboxRecord> {
    const refusal = this.#refusal(pool);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (signal.aborted) return Promise.reject(signal.reason);
    const { waiter, claimed } = createWaiter({
      requester,
      signal,
      clock: this.#options.clock,
      leave: (leaving) => {
        const left = pool.leave(leaving);
        if (left) this.#reconcileSoon();
        return left;
      },
    });
    pool.enqueue(waiter);
    this.#reconcile();
    return claimed;
  }

  /** Why nobody should wait here now; ready stock of others does not count, it makes room. */
  #refusal(pool: Pool): PlatformError | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    if (breakerState(pool.breaker, nowMs) === 'open')
      return brokenTemplate(pool.template, pool.breaker, nowMs);
    const waiting = this.pools.reduce((sum, { waiting }) => sum + waiting, 0);
    const { held } = this.#options.registry.census();
    if (held + waiting < this.#options.sandboxSlots) return undefined;
    return new PlatformError('resource_exhausted', 'every sandbox slot of this node is taken');
  }

  #handOver(record: SandboxRecord, requester: Requester, fromWarmPool: boolean): SandboxRecord {
    const { clock, registry } = this.#options;
    const waitedMs = clock.monotonicMs() - requester.arrivedAtMs;
    record.holder = {
      ...requester,
      availableAt: clock.now(),
      fromWarmPool,
      acquisitionMs: requester.waitedUpstreamMs + waitedMs,
    };
    registry.move(record, 'leased');
    return record;
  }

  #reconcileSoon(): void {
    if (this.#scheduled !== undefined || this.#closing.signal.aborted) return;
    const isUrgent = this.pools.some((pool) => pool.waiting > 0);
    const delayMs = isUrgent ? 0 : this.#options.refillDelayMs;
    this.#scheduled = this.#options.clock.after(delayMs, () => this.#reconcile());
  }

  #reconcile(): void {
    this.#scheduled?.();
    const { registry, clock, sandboxSlots } = this.#options;
    for (const pool of this.pools) this.#forget(pool, unneeded(pool.view(clock.monotonicMs())));
    const census = registry.census();
    const known = this.pools.filter((pool) => this.#catalogue.has(pool.template));
    const actions = reconcileStock({
      pools: known.map((pool) => pool.view(clock.monotonicMs())),
      freeSlots: sandboxSlots - census.all,
      freeingSlots: census.stopping,
      maxRefills: refillBatch,
    });
    for (const id of actions.retire) {
      const record = registry.get(id);
      if (record !== undefined) this.#retire(record);
    }
    for (const template of actions.create) {
      this.#pool(template).inFlight += 1;
      this.#queue.add(registry.add(this.template(template)));
    }
    this.#queue.begin();
    // Cleared last: the changes made here are no reason to look again.
    this.#scheduled?.();
    this.#scheduled = undefined;
  }

  async #create(record: SandboxRecord): Promise<void> {
    const pool = this.#pool(record.template.name);
    const nth = pool.begun;
    pool.begun += 1;
    try {
      const whoWaits = () => pool.waiterFor(nth)?.requester;
      await this.#options.create(record, this.#closing.signal, whoWaits);
    } catch (thrown) {
      this.#failed(pool, record, PlatformError.from(thrown));
      return;
    } finally {
      pool.begun -= 1;
      pool.inFlight -= 1;
    }
    pool.breaker = closedBreaker;
    this.#arrived(pool, record);
  }

  #arrived(pool: Pool, record: SandboxRecord): void {
    const { clock, random } = this.#options;
    const isStale = record.template !== this.#catalogue.get(pool.template);
    if (isStale || this.#closing.signal.aborted) {
      this.#retire(record);
      return;
    }
    const waiter = pool.nextWaiter();
    if (waiter !== undefined) {
      waiter.resolve(this.#handOver(record, waiter.requester, false));
      return;
    }
    const dueAtMs = warmDeadline(clock.monotonicMs(), pool.ttlMs, random());
    record.expiresAt = new Date(clock.now().getTime() + dueAtMs - clock.monotonicMs());
    const expire = () => this.#retire(record, 'expired');
    pool.put(
      record,
      watchDeadline(clock, () => dueAtMs, expire),
    );
    void record.sandbox?.ended.then(() => this.#lost(pool, record));
  }

  #failed(pool: Pool, record: SandboxRecord, error: PlatformError): void {
    if (this.#closing.signal.aborted) return;
    const { clock, log } = this.#options;
    const nowMs = clock.monotonicMs();
    const problem = error.message;
    log.warn({ template: pool.template, sandbox: record.id, problem }, 'a start failed');
    const hopeless = error.code === 'unavailable';
    pool.breaker = afterFailure(pool.breaker, { nowMs, problem, hopeless });
    if (breakerState(pool.breaker, nowMs) === 'open') {
      this.#refuseAll(pool, brokenTemplate(pool.template, pool.breaker, nowMs));
      clock.after(pool.breaker.openUntilMs - nowMs, () => this.#reconcileSoon());
    }
    this.#reconcileSoon();
  }

  /** A ready sandbox that ended by itself. */
  #lost(pool: Pool, record: SandboxRecord): void {
    if (!pool.withdraw(record)) return;
    this.#options.log.warn({ sandbox: record.id }, 'a warm sandbox ended by itself');
    this.#options.disposal.dispose(record, { reason: 'error', detail: 'ended while waiting' });
  }

  #retire(record: SandboxRecord, reason: 'evicted' | 'expired' = 'evicted'): void {
    this.#pool(record.template.name).withdraw(record);
    this.#options.disposal.dispose(record, { reason });
  }

  /** Takes back orders that no driver has begun. */
  #forget(pool: Pool, count: number): void {
    for (const record of this.#queue.withdraw(pool.template, count)) {
      pool.inFlight -= 1;
      this.#options.disposal.dispose(record, { reason: 'evicted' });
    }
  }

  #refuseAll(pool: Pool, reason: PlatformError): void {
    for (let waiter = pool.nextWaiter(); waiter !== undefined; waiter = pool.nextWaiter()) {
      waiter.reject(reason);
    }
  }
}
