// Deadlines of sandboxes, in milliseconds of a monotonic clock. Nothing lives for ever.

/** Share of a warm sandbox's time to live that may be taken off, so that stock made together does not end together. */
export const warmTtlJitter = 0.2;

/** When a warm sandbox that nobody took is replaced. `random` is in [0, 1). */
export function warmDeadline(readyAtMs: number, ttlMs: number, random: number): number {
  return readyAtMs + ttlMs * (1 - warmTtlJitter * random);
}

export interface LeaseTimes {
  readonly leasedAtMs: number;
  readonly ttlMs: number;
  readonly idleTimeoutMs: number;
  readonly lastUsedMs: number;
  /** Commands under way: a lease that works is not idle. */
  readonly activeCalls: number;
}

/** When to look at a lease again: the earliest moment at which it could be over. */
export function leaseDeadline(lease: LeaseTimes, nowMs: number): number {
  const idleAtMs = (lease.activeCalls > 0 ? nowMs : lease.lastUsedMs) + lease.idleTimeoutMs;
  return Math.min(lease.leasedAtMs + lease.ttlMs, idleAtMs);
}

/** Why a lease is over by now, or undefined while it is not. */
export function leaseEnd(lease: LeaseTimes, nowMs: number): 'expired' | 'inactivity' | undefined {
  if (nowMs >= lease.leasedAtMs + lease.ttlMs) return 'expired';
  return nowMs >= leaseDeadline(lease, nowMs) ? 'inactivity' : undefined;
}
