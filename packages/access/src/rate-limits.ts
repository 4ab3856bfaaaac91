// Calls of one key in a minute, counted in this process. Several gateways each count for themselves, so
// a key may come to so many times its limit; a shared count would put the bus into the path of every call.
import type { Principal } from '@pilotlight/contracts';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const windowSeconds = 60;

/** `request`: to run or lease. `query`: to ask what was recorded (seed 001, "Rate Limiting"). */
export type RateKind = 'request' | 'query';

/** Where a key stands after a call was counted. */
export interface RateStanding {
  readonly allowed: boolean;
  /** Calls in a minute; 0: as many as it likes. */
  readonly limit: number;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

export class RateLimits {
  /** By kind and limit: a plan that changes starts a new count. */
  readonly #limiters = new Map<string, RateLimiterMemory>();

  /** Counts one call. */
  async count(principal: Principal, kind: RateKind): Promise<RateStanding> {
    const { requestsPerMinute, queriesPerMinute } = principal.entitlements;
    const limit = kind === 'request' ? requestsPerMinute : queriesPerMinute;
    if (limit === 0) return { allowed: true, limit, remaining: 0, resetMs: 0 };
    const standing = await this.#consume(kind, limit, principal.keyHash);
    return {
      allowed: standing.consumedPoints <= limit,
      limit,
      remaining: Math.max(0, standing.remainingPoints),
      resetMs: standing.msBeforeNext,
    };
  }

  async #consume(kind: RateKind, limit: number, keyHash: string): Promise<RateLimiterRes> {
    const name = `${kind}:${limit}`;
    const known = this.#limiters.get(name);
    const limiter = known ?? new RateLimiterMemory({ points: limit, duration: windowSeconds });
    this.#limiters.set(name, limiter);
    try {
      return await limiter.consume(keyHash);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    }
  }
}
