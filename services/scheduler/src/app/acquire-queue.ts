// Callers of AcquireSandbox who wait for room: fair between users, and never longer than they may.
import { PlatformError, userMark } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { FairQueue, type Queued } from '../domain/fair-queue.ts';
import type { Capacity } from './capacity.ts';

/** One caller. Waiting again, they stand where they stood. */
export class Waiter implements Queued {
  readonly id: string;
  readonly user: string;
  readonly mark: string;
  readonly kind: string;
  readonly priority = 'normal';
  admitted: (node: string) => void = () => undefined;
  refused: (error: PlatformError) => void = () => undefined;

  /** See `placementKind`. */
  constructor(id: string, user: string, kind: string) {
    this.id = id;
    this.user = user;
    this.mark = userMark(user);
    this.kind = kind;
  }
}

/** One leader's waiting room. */
export class AcquireQueue {
  readonly #queue = new FairQueue<Waiter>();
  readonly #waiting = new Set<Waiter>();
  readonly #capacity: Capacity;
  readonly #clock: Clock;

  constructor(capacity: Capacity, clock: Clock) {
    this.#capacity = capacity;
    this.#clock = clock;
    capacity.onChange(() => {
      this.#refuseHopeless();
      this.#admitAll();
    });
  }

  get size(): number {
    return this.#queue.size;
  }

  /**
   * Resolves with the node to ask first: the lease is counted as the caller's and the node as asked
   * from then on, so that one free place admits one caller. Rejects
   * with the signal's reason, `resource_exhausted` after `waitMs`, saying what was missing, or
   * `unavailable` as soon as no node can make what is wanted, or every one has failed to.
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
    waiter.refused = (error) => leave(() => error);
    this.#queue.putBack(waiter);
    this.#waiting.add(waiter);
    this.#refuseHopeless();
    this.#admitAll();
    return promise.finally(() => {
      this.#waiting.delete(waiter);
      stopTimer();
      signal.removeEventListener('abort', cancelled);
    });
  }

  #admitAll(): void {
    while (this.#queue.size > 0) {
      const waiter = this.#queue.take({
        kind: (kind) => this.#capacity.candidates(kind, 'lease').length > 0,
        user: (user) => this.#capacity.admit(user).kind === 'admitted',
      });
      const [best] =
        waiter === undefined ? [] : this.#capacity.candidates(waiter.kind, 'lease', waiter.mark);
      const node = best?.status.node;
      if (waiter === undefined || node === undefined) return;
      this.#capacity.startLease(waiter.user);
      this.#capacity.asked(node);
      waiter.admitted(node);
    }
  }

  #refuseHopeless(): void {
    for (const waiter of this.#waiting) {
      const { kind } = waiter;
      const error = this.#capacity.unavailable(kind) ?? this.#capacity.suspended(kind);
      if (error !== undefined) waiter.refused(error);
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
