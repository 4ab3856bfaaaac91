// One template's part of the stock: what is ready, who waits, what is on its way.
import type { PlatformError } from '@pilotlight/contracts';
import type { Cancel } from '@pilotlight/lifecycle';
import { type Breaker, breakerState, closedBreaker } from '../domain/breaker.ts';
import type { Demand } from '../domain/create-order.ts';
import { type InLine, leastFirst } from '../domain/least-first.ts';
import type { PoolView } from '../domain/reconcile.ts';
import type { AgedPool } from '../domain/shedding.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { Waiter } from './waiter.ts';

interface Ready {
  readonly record: SandboxRecord;
  /** Calls off its expiry. */
  readonly cancelExpiry: Cancel;
}

interface Waiting extends InLine {
  readonly waiter: Waiter;
  passedOver: number;
}

/** Sandboxes that a user has in use on this node. */
export type HeldBy = (user: string) => number;

export class Pool {
  readonly template: string;
  target = 0;
  /** How long one may be ready before it is replaced: as the plan has it, before that 000's hour. */
  ttlMs = 3_600_000;
  breaker: Breaker = closedBreaker;
  /** Ordered or being created. */
  inFlight = 0;
  /** Being created by the driver. */
  begun = 0;
  #ready: Ready[] = [];
  /** Oldest first. */
  #waiters: Waiting[] = [];

  constructor(template: string) {
    this.template = template;
  }

  get ready(): readonly SandboxRecord[] {
    return this.#ready.map(({ record }) => record);
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  put(record: SandboxRecord, cancelExpiry: Cancel): void {
    this.#ready.push({ record, cancelExpiry });
  }

  /** The oldest ready sandbox, so that stock is used before it expires. */
  take(): SandboxRecord | undefined {
    const first = this.#ready.shift();
    first?.cancelExpiry();
    return first?.record;
  }

  /** Takes this one out. False where it was not there any more: then it is somebody's. */
  withdraw(record: SandboxRecord): boolean {
    const index = this.#ready.findIndex((entry) => entry.record === record);
    const [entry] = index < 0 ? [] : this.#ready.splice(index, 1);
    entry?.cancelExpiry();
    return entry !== undefined;
  }

  enqueue(waiter: Waiter): void {
    this.#waiters.push({ waiter, user: waiter.requester.userId, passedOver: 0 });
  }

  /** Whom the n-th creation under way is for, counted from 0; undefined for one that refills. */
  waiterFor(creation: number, heldBy: HeldBy): Waiter | undefined {
    return leastFirst(this.#waiters, heldBy)[creation]?.waiter;
  }

  /** Takes out the one whose turn it is: see `leastFirst`. */
  nextWaiter(heldBy: HeldBy): Waiter | undefined {
    const [next] = leastFirst(this.#waiters, heldBy);
    if (next === undefined) return undefined;
    for (const waiting of this.#waiters) {
      if (waiting === next) break;
      waiting.passedOver += 1;
    }
    this.leave(next.waiter);
    return next.waiter;
  }

  /** Sends everybody who waits away. */
  refuseAll(reason: PlatformError): void {
    for (const { waiter } of this.#waiters.splice(0)) waiter.reject(reason);
  }

  /** False where it was served already. */
  leave(waiter: Waiter): boolean {
    const index = this.#waiters.findIndex((waiting) => waiting.waiter === waiter);
    if (index >= 0) this.#waiters.splice(index, 1);
    return index >= 0;
  }

  view(nowMs: number): PoolView {
    return {
      template: this.template,
      target: this.target,
      ready: this.#ready.map(({ record }) => record.id),
      inFlight: this.inFlight,
      waiting: this.#waiters.length,
      breaker: breakerState(this.breaker, nowMs),
    };
  }

  aged(nowMs: number): AgedPool {
    return {
      view: this.view(nowMs),
      orderedAtMs: this.#ready.map(({ record }) => record.orderedAtMs),
    };
  }

  demand(): Demand {
    return {
      template: this.template,
      waitingSinceMs: this.#waiters[0]?.waiter.requester.arrivedAtMs,
      waiting: this.#waiters.length,
      begun: this.begun,
    };
  }
}
