// Calls that run or lease, counted by the key that makes them.
import type { RateLimits } from '@pilotlight/access';
import { PlatformError } from '@pilotlight/contracts';
import type { CallContext } from '@pilotlight/rpc';

/** Counts a call; rejects `resource_exhausted` past the limit of its key. */
export type CountCall = (context: CallContext) => Promise<void>;

/** A service that acts for somebody, another scheduler among them, has counted the call itself. */
export function countingWith(limits: RateLimits): CountCall {
  return async ({ isActing, principal }) => {
    if (principal === undefined || isActing === true) return;
    const { allowed, limit, resetMs } = await limits.count(principal, 'request');
    if (allowed) return;
    const message = `This key has made its ${limit} calls of this minute.`;
    const retry = { kind: 'after', ms: resetMs } as const;
    throw new PlatformError('resource_exhausted', message, { retry });
  };
}
