// Who may have one more sandbox: bounds in total, per user and per queue. A node's own slots bound
// what it holds. The defaults are those of seed 002 (section 2) and 003 (section 1.3).
import { type Entitlements, limits, type Retry } from '@pilotlight/contracts';
import { whenTenthIsGone } from './plan.ts';

/** Sandboxes that may be in use at once, leases and runs together. */
export interface AdmissionLimits {
  readonly global: number;
  readonly perUser: number;
}

/** 002 section 2: global and perAgent. */
export const defaultAdmissionLimits: AdmissionLimits = { global: 1_000, perUser: 50 };

/** What a user is told who may not have another now. */
export type Admission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'at_limit'; readonly limit: 'global' | 'user'; readonly message: string };

/** How many are in use now, and by whom. Every `add` is followed by one `remove`. */
export class Occupancy {
  #total = 0;
  readonly #byUser = new Map<string, number>();

  get total(): number {
    return this.#total;
  }

  of(user: string): number {
    return this.#byUser.get(user) ?? 0;
  }

  add(user: string): void {
    this.#total += 1;
    this.#byUser.set(user, this.of(user) + 1);
  }

  remove(user: string): void {
    const left = this.of(user) - 1;
    this.#total -= 1;
    if (left > 0) this.#byUser.set(user, left);
    else this.#byUser.delete(user);
  }
}

/** Whether a user may start one more. */
export function admit(occupancy: Occupancy, user: string, bounds: AdmissionLimits): Admission {
  if (occupancy.total >= bounds.global) {
    const message = `All ${bounds.global} sandboxes that may exist at once are in use.`;
    return { kind: 'at_limit', limit: 'global', message };
  }
  if (occupancy.of(user) >= bounds.perUser) {
    const message = `This user has ${bounds.perUser} sandboxes in use, which is the most at once.`;
    return { kind: 'at_limit', limit: 'user', message };
  }
  return { kind: 'admitted' };
}

/** The platform's bounds, or the plan's where those are tighter. */
export function boundsWith(
  bounds: AdmissionLimits,
  plan: Entitlements | undefined,
): AdmissionLimits {
  const ofPlan = plan?.concurrentExecutions || Number.POSITIVE_INFINITY;
  return { ...bounds, perUser: Math.min(bounds.perUser, ofPlan) };
}

/** Whether one more request of this language may wait. Languages without a bound share the stream's. */
export type QueueAdmission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'full'; readonly message: string; readonly retry: Retry };

/** `gapMs`: between two ends, as measured. */
export function admitToQueue(language: string, depth: number, gapMs: number): QueueAdmission {
  const bound = limits.maxQueuedByLanguage[language];
  if (bound === undefined || depth < bound) return { kind: 'admitted' };
  const message = `The queue for ${language} is full with ${depth} requests.`;
  return { kind: 'full', message, retry: whenTenthIsGone(bound, gapMs) };
}
