// The node's warm sandboxes and those who wait for one: hands out, orders, retires. Decisions are
// in domain/reconcile.ts and domain/create-order.ts; this does what they say.
import { PlatformError, type StockTarget, type Template } from '@pilotlight/contracts';
import type { Cancel } from '@pilotlight/lifecycle';
import { breakerState } from '../domain/breaker.ts';
import { type PoolView, reconcileStock, refillBatch, unneeded } from '../domain/reconcile.ts';
import { shedBatch, withoutOldest } from '../domain/shedding.ts';
import { CreateQueue } from './create-queue.ts';
import { handOver } from './hand-over.ts';
import type { Pool } from './pool.ts';
import { Pools } from './pools.ts';
import { unavailableTemplate, waitsFor } from './preparation.ts';
import { type Reservation, Reserves } from './reserves.ts';
import type { Requester, SandboxRecord } from './sandbox-record.ts';
import { type StartParts, Starts } from './starts.ts';
import { brokenTemplate, createWaiter, draining, stillStarting } from './waiter.ts';

export interface StockOptions extends StartParts {
  readonly sandboxSlots: number;
  readonly maxConcurrentCreates: number;
  /** Refills begin so long after the change that asks for them: a run that just began goes first. */
  readonly refillDelayMs: number;
}

export class Stock {
  readonly #options: StockOptions;
  readonly #pools = new Pools();
  readonly #queue: CreateQueue;
  readonly #reserves: Reserves;
  readonly #closing = new AbortController();
  #catalogue: ReadonlyMap<string, Template> = new Map();
  #scheduled: Cancel | undefined;
  /** What the machine runs short of, in words. */
  #shortage: string | undefined;

  constructor(options: StockOptions) {
    this.#options = options;
    const starts = new Starts({
      ...options,
      poolOf: (template) => this.#pools.of(template),
      isCurrent: (template) => template === this.#catalogue.get(template.name),
      changed: () => this.#reconcileSoon(),
      closing: this.#closing.signal,
    });
    this.#queue = new CreateQueue({
      maxConcurrent: options.maxConcurrentCreates,
      demands: () => this.pools.map((pool) => pool.demand()),
      create: (record) => starts.begin(record),
    });
    this.#reserves = new Reserves({
      ...options,
      create: (record, signal) => starts.beginReserve(record, signal),
      whenSpare: (create) => this.#queue.addSpare(create),
      hasRoom: () => this.#hasRoom(),
    });
    options.registry.onChange(() => this.#reconcileSoon());
    options.readiness.onChange((template) => this.#onReadiness(template));
  }

  get pools(): readonly Pool[] {
    return this.#pools.all;
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
    this.#options.readiness.setCatalogue(catalogue);
    for (const pool of this.pools) {
      for (const record of pool.ready) {
        if (record.template !== catalogue.get(pool.template)) this.#retire(record);
      }
    }
    this.#reserves.keepOnly((template) => template === catalogue.get(template.name));
    this.#reconcileSoon();
  }

  /** See `Pools.setTargets`. */
  setTargets(targets: readonly StockTarget[]): void {
    this.#pools.setTargets(targets);
    this.#reconcileSoon();
  }

  /**
   * To be told after each measurement of the machine. While it runs short, nothing is made that nobody
   * waits for, and each call retires a batch of what is ready, the oldest first: the stock, then what
   * waits for one user. `shortage` says of what, for people; undefined ends it.
   */
  setShortage(shortage: string | undefined): void {
    if (this.#closing.signal.aborted) return;
    const hadRoom = this.#shortage === undefined;
    this.#shortage = shortage;
    if (shortage !== undefined) {
      const batch = shedBatch(this.#pools.ready + this.#reserves.size);
      const shed = this.#reconcile(batch);
      this.#reserves.makeRoom(batch - shed, shortage);
    } else if (!hadRoom) this.#reconcileSoon();
  }

  /**
   * Gives the requester a sandbox of its own, which is `leased` from that moment: a ready one at
   * once, else whichever becomes ready first; one is ordered for it. Rejects `resource_exhausted`
   * where the node is full or the wait took too long, `unavailable` while draining or where the
   * template keeps failing or cannot work here, and with the signal's reason when the caller gives
   * up. A template that is not prepared yet is prepared first.
   */
  claim(
    template: string,
    requester: Requester,
    signal: AbortSignal,
  ): SandboxRecord | Promise<SandboxRecord> {
    if (this.#closing.signal.aborted) return Promise.reject(draining());
    const current = this.template(template);
    const reserved =
      requester.kind === 'lease' ? this.#reserves.take(current, requester.userId) : undefined;
    if (reserved !== undefined) return handOver(this.#options, reserved, requester, true);
    const pool = this.#pools.of(template);
    const ready = pool.take();
    if (ready !== undefined) return handOver(this.#options, ready, requester, true);
    return this.#wait(pool, requester, signal);
  }

  /** Users for whom a fresh one of this template waits. */
  reservedFor(template: string): readonly string[] {
    return this.#reserves.usersOf(template);
  }

  /** Has a fresh one made that waits for this user alone; see `Reserves`. */
  reserve(template: string, reservation: Omit<Reservation, 'template'>): void {
    const current = this.#catalogue.get(template);
    if (current !== undefined) this.#reserves.order({ ...reservation, template: current });
  }

  /** Refuses claims from now on, sends those who wait away, calls creations off, retires the stock. */
  async close(): Promise<void> {
    this.#closing.abort(draining());
    this.#scheduled?.();
    for (const pool of this.pools) {
      pool.refuseAll(draining());
      for (const record of pool.ready) this.#retire(record);
      this.#forget(pool, Number.POSITIVE_INFINITY);
    }
    this.#reserves.close();
    await this.#queue.settled();
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
        if (left) {
          this.#takeBack(pool);
          this.#reconcileSoon();
        }
        return left;
      },
      lacking: () => this.#lacking(pool.template),
    });
    pool.enqueue(waiter);
    this.#reconcile();
    return claimed;
  }

  /** What somebody waits for who waited in vain. */
  #lacking(template: string): string {
    const { readiness, registry } = this.#options;
    return (
      waitsFor(template, readiness.stateOf(template)) || stillStarting(template, registry.all())
    );
  }

  /** Why nobody should wait here now; ready stock of others does not count, it makes room. */
  #refusal(pool: Pool): PlatformError | undefined {
    const { clock, readiness } = this.#options;
    const nowMs = clock.monotonicMs();
    const state = readiness.stateOf(pool.template);
    if (state.kind === 'unavailable') {
      readiness.begin(pool.template);
      return unavailableTemplate(pool.template, state, nowMs);
    }
    if (breakerState(pool.breaker, nowMs) === 'open')
      return brokenTemplate(pool.template, pool.breaker, nowMs);
    const { held } = this.#options.registry.census();
    if (held + this.#pools.waiting < this.#options.sandboxSlots) return undefined;
    return new PlatformError('resource_exhausted', 'every sandbox slot of this node is taken');
  }

  #reconcileSoon(): void {
    if (this.#scheduled !== undefined || this.#closing.signal.aborted) return;
    const delayMs = this.#pools.waiting > 0 ? 0 : this.#options.refillDelayMs;
    this.#scheduled = this.#options.clock.after(delayMs, () => this.#reconcile());
  }

  /** Returns how many it retired; `shed` of them because the machine runs short. */
  #reconcile(shed = 0): number {
    this.#scheduled?.();
    const { registry, sandboxSlots } = this.#options;
    for (const pool of this.pools) this.#takeBack(pool);
    this.#reserves.makeRoom(this.#pools.unserved - (sandboxSlots - this.#taken()));
    const census = registry.census();
    const known = this.pools.filter((pool) => this.#catalogue.has(pool.template));
    const prepared = known.filter((pool) => this.#isPrepared(pool));
    const actions = reconcileStock({
      pools: this.#views(prepared, shed),
      freeSlots: sandboxSlots - census.all,
      freeingSlots: census.stopping,
      maxRefills: refillBatch,
    });
    for (const id of actions.retire) {
      const record = registry.get(id);
      if (record !== undefined) this.#retire(record, shed > 0 ? this.#shortage : undefined);
    }
    for (const template of actions.create) {
      this.#pools.of(template).inFlight += 1;
      this.#queue.add(registry.add(this.template(template)));
    }
    this.#queue.begin();
    // Cleared last: the changes made here are no reason to look again.
    this.#scheduled?.();
    this.#scheduled = undefined;
    return actions.retire.length;
  }

  /** The pools as the decisions see them; while the machine runs short they want less. */
  #views(pools: readonly Pool[], shed = 0): readonly PoolView[] {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#shortage === undefined) return pools.map((pool) => pool.view(nowMs));
    return withoutOldest(
      pools.map((pool) => pool.aged(nowMs)),
      shed,
    );
  }

  /** Slots that will not be given back by themselves soon. */
  #taken(): number {
    const { all, stopping } = this.#options.registry.census();
    return all - stopping;
  }

  #hasRoom(): boolean {
    const isWanted = this.#pools.waiting > 0 || this.#shortage !== undefined;
    return !isWanted && this.#taken() < this.#options.sandboxSlots;
  }

  /** Has it prepared where it is wanted and that has not begun. */
  #isPrepared({ template, waiting, target }: Pool): boolean {
    const { readiness } = this.#options;
    const { kind } = readiness.stateOf(template);
    if (kind === 'unprepared' && waiting > 0) readiness.begin(template);
    else if (kind === 'unprepared' && target > 0) readiness.enqueue(template);
    return kind === 'prepared';
  }

  #onReadiness(template: string): void {
    const pool = this.pools.find((one) => one.template === template);
    if (pool === undefined) return;
    const state = this.#options.readiness.stateOf(template);
    if (state.kind === 'unavailable') {
      const nowMs = this.#options.clock.monotonicMs();
      pool.refuseAll(unavailableTemplate(template, state, nowMs));
    }
    this.#reconcileSoon();
  }

  /** Destroys a ready sandbox that is no good; another is made. One that was given away is left. */
  replace(record: SandboxRecord, detail: string): void {
    if (this.#reserves.replace(record, detail)) return;
    if (!this.#pools.of(record.template.name).withdraw(record)) return;
    this.#options.disposal.dispose(record, { reason: 'error', detail });
  }

  #retire(record: SandboxRecord, detail?: string): void {
    this.#pools.of(record.template.name).withdraw(record);
    this.#options.disposal.dispose(record, { reason: 'evicted', ...(detail && { detail }) });
  }

  /** Orders go with the need for them, before a driver begins one. */
  #takeBack(pool: Pool): void {
    for (const view of this.#views([pool])) this.#forget(pool, unneeded(view));
  }

  /** Takes back orders that no driver has begun. */
  #forget(pool: Pool, count: number): void {
    for (const record of this.#queue.withdraw(pool.template, count)) {
      pool.inFlight -= 1;
      this.#options.disposal.dispose(record, { reason: 'evicted' });
    }
  }
}
