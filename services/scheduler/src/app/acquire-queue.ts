// Callers of AcquireSandbox who wait for room: fair between users, and never longer than they may.
import { PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { FairQueue, type Queued } from '../domain/fair-queue.ts';
import type { Capacity } from './capacity.ts';

/** One caller. Waiting again, they stand where they stood. */
export class Waiter implements Queued {
  readonly id: string;
  readonly user: string;
  readonly kind: string;
  readonly priority = 'normal';
  admitted: (node: string) => void = () => undefined;

  constructor(id: string, user: string, template: string) {
    this.id = id;
    this.user = user;
    this.kind = template;
  }
}

/** One leader's waiting room. */
export class AcquireQueue {
  readonly #queue = new FairQueue<Waiter>();
  readonly #capacity: Capacity;
  readonly #clock: Clock;

  constructor(capacity: Capacity, clock: Clock) {
    this.#capacity = capacity;
    this.#clock = clock;
    capacity.onChange(() => this.#admitAll());
  }

  get size(): number {
    return this.#queue.size;
  }

  /**
   * Resolves with the node to ask first: the lease is counted as the caller's and the node as asked
   * from then on, so that one free place admits one caller. Rejects
   * with the signal's reason, or `resource_exhausted` after `waitMs`, saying what was missing.
   */
  admit(waiter: Waiter, waitMs: number, signal: AbortSignal): Promise<string> {
    if (signal.aborted) return Promise.reject(PlatformError.from(signal.reason));
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const leave = (error: () => PlatformError) => {
      if (this.#queue.remove(waiter.id) !== undefined) reject(error());
    };
    const cancelled = () => leave(() => PlatformError.from(signal.reason));
    const stopTimer = this.#clock.after(waitMs, () => leave(() => this.#tooLate(waiter)));
    signal.addEventListener('abort', cancelled, { once: true });
    waiter.admitted = resolve;
    this.#queue.putBack(waiter);
    this.#admitAll();
    return promise.finally(() => {
      stopTimer();
      signal.removeEventListener('abort', cancelled);
    });
  }

  #admitAll(): void {
    while (this.#queue.size > 0) {
      const waiter = this.#queue.take({
        kind: (template) => this.#capacity.candidates(template, 'lease').length > 0,
        user: (user) => this.#capacity.admit(user).kind === 'admitted',
      });
      const node = waiter && this.#capacity.candidates(waiter.kind, 'lease')[0]?.status.node;
      if (waiter === undefined || node === undefined) return;
      this.#capacity.startLease(waiter.user);
      this.#capacity.asked(node);
      waiter.admitted(node);
    }
  }

  #tooLate({ user, kind }: Waiter): PlatformError {
    const admission = this.#capacity.admit(user);
    const reason =
      admission.kind === 'at_limit'
        ? admission.message
        : this.#capacity.problemWith(kind) || 'Every node that could take it is full.';
    return new PlatformError('resource_exhausted', `${reason} Waited for room in vain.`);
  }
}
