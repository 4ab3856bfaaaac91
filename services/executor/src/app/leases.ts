// Leasing sandboxes to sessions: from claim to release, expiry or loss.
import {
  invalidFields,
  type Lease,
  type LeaseRef,
  type LeaseSandboxRequest,
  limits,
  PlatformError,
  type StopReason,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import {
  effectiveLimits,
  limitProblems,
  limitsAtBirth,
  sameLimits,
} from '../domain/effective-limits.ts';
import { leaseDeadline, leaseEnd } from '../domain/expiry.ts';
import { watchDeadline } from './deadline.ts';
import type { Disposal } from './disposal.ts';
import { type HeldLease, LeaseBook, newToken } from './lease-book.ts';
import { requesterOf } from './requester.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';
import { SharedCalls } from './shared-calls.ts';
import type { Stock } from './stock.ts';

export interface LeasesOptions {
  readonly registry: SandboxRegistry;
  readonly stock: Stock;
  readonly disposal: Disposal;
  readonly clock: Clock;
}

export class Leases {
  readonly #options: LeasesOptions;
  readonly #book: LeaseBook;
  /** Leases by request id, from the first call until the lease ends. */
  readonly #byRequest = new SharedCalls<Lease>();

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#book = new LeaseBook(options.registry.address);
  }

  get size(): number {
    return this.#book.size;
  }

  /**
   * Leases a sandbox. Calls with one request id share one lease, as long as it lives. Rejects as
   * `Stock.claim` does, and `invalid_argument` for limits out of bounds.
   */
  lease(request: LeaseSandboxRequest, signal: AbortSignal): Promise<Lease> {
    const problems = [
      ...limitProblems(request.limits),
      ...secondsProblem('ttl_seconds', request.ttlSeconds, limits.leaseTtlSeconds),
      ...secondsProblem(
        'idle_timeout_seconds',
        request.idleTimeoutSeconds,
        limits.leaseIdleSeconds,
      ),
    ];
    if (problems.length > 0) throw invalidFields(problems);
    return this.#byRequest.join(request.requestId, signal, (shared) =>
      this.#lease(request, shared),
    );
  }

  /** Checks the token and counts as use. Throws as `LeaseBook.require`. */
  use(ref: LeaseRef | undefined): HeldLease {
    const lease = this.#book.require(ref);
    lease.times.lastUsedMs = this.#options.clock.monotonicMs();
    return lease;
  }

  /** Gives a sandbox back; it is destroyed in the background. A second release is a success. */
  release(ref: LeaseRef): void {
    const lease = this.#book.requireForRelease(ref);
    if (lease !== undefined) this.#end(lease, 'manual', 'released');
  }

  /** Freezes a leased sandbox. Idempotent. */
  async pause(ref: LeaseRef): Promise<SandboxRecord> {
    const lease = this.use(ref);
    if (lease.record.state === 'paused') return lease.record;
    await lease.sandbox.pause();
    this.#moveIf(lease.record, 'leased', 'paused');
    return lease.record;
  }

  /** Thaws it. Idempotent. */
  async resume(ref: LeaseRef): Promise<SandboxRecord> {
    const lease = this.use(ref);
    if (lease.record.state === 'leased') return lease.record;
    await lease.sandbox.resume();
    this.#moveIf(lease.record, 'paused', 'leased');
    return lease.record;
  }

  /** Ends every lease, for a node that drains. */
  endAll(): void {
    for (const lease of this.#book.all()) this.#end(lease, 'evicted', 'its node was drained');
  }

  async #lease(request: LeaseSandboxRequest, signal: AbortSignal): Promise<Lease> {
    const { stock, disposal, clock } = this.#options;
    const requester = requesterOf({ kind: 'lease', ...request, executionId: '' }, clock);
    const record = await stock.claim(request.template, requester, signal);
    const { sandbox } = record;
    if (sandbox === undefined) throw new PlatformError('internal', `${record.id} has no sandbox`);
    try {
      signal.throwIfAborted();
      const wanted = effectiveLimits(record.template, request.limits);
      if (!sameLimits(wanted, limitsAtBirth(record.template))) await sandbox.setLimits(wanted);
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      disposal.dispose(record, { reason: 'error', detail: error.message });
      throw error;
    }
    const lease = this.#enter(record, sandbox, request);
    this.#watch(lease);
    return answerOf(lease, this.#options.registry.address.node);
  }

  #enter(
    record: SandboxRecord,
    sandbox: HeldLease['sandbox'],
    request: LeaseSandboxRequest,
  ): HeldLease {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const ttlMs = limits.orDefault(request.ttlSeconds, limits.leaseTtlSeconds) * 1_000;
    const idleSeconds = limits.orDefault(request.idleTimeoutSeconds, limits.leaseIdleSeconds);
    record.expiresAt = new Date(clock.now().getTime() + ttlMs);
    const lease: HeldLease = {
      record,
      sandbox,
      token: newToken(),
      times: {
        leasedAtMs: nowMs,
        ttlMs,
        idleTimeoutMs: idleSeconds * 1_000,
        lastUsedMs: nowMs,
        activeCalls: 0,
      },
      cancelDeadline: () => undefined,
    };
    this.#book.add(lease);
    return lease;
  }

  #watch(lease: HeldLease): void {
    const { clock } = this.#options;
    const { times, sandbox } = lease;
    lease.cancelDeadline = watchDeadline(
      clock,
      () => leaseDeadline(times, clock.monotonicMs()),
      () => this.#end(lease, leaseEnd(times, clock.monotonicMs()) ?? 'expired', ''),
    );
    void sandbox.ended.then(async () => {
      const wasOutOfMemory = (await sandbox.usage().catch(() => undefined))?.oomKills ?? 0;
      const reason = wasOutOfMemory > 0 ? 'resource_limit' : 'error';
      this.#end(lease, reason, 'the sandbox ended by itself');
    });
  }

  #end(lease: HeldLease, reason: StopReason, detail: string): void {
    if (!this.#book.end(lease, detail === '' ? reason : detail)) return;
    this.#byRequest.forget(lease.record.holder?.requestId ?? '');
    this.#options.disposal.dispose(lease.record, { reason, detail });
  }

  /** What happened to a sandbox while its driver worked comes first. */
  #moveIf(record: SandboxRecord, from: SandboxRecord['state'], to: SandboxRecord['state']): void {
    if (record.state === from) this.#options.registry.move(record, to);
  }
}

function answerOf({ record, token }: HeldLease, node: string): Lease {
  return {
    sandboxId: record.id,
    token,
    template: record.template.name,
    node,
    fromWarmPool: record.holder?.fromWarmPool ?? false,
    acquisitionMs: record.holder?.acquisitionMs ?? 0,
    phases: record.phases,
    expiresAt: record.expiresAt,
  };
}

function secondsProblem(field: string, value: number, bounds: limits.Bounds) {
  if (limits.withinBounds(value, bounds)) return [];
  return [{ field, problem: `must be ${bounds.min} to ${bounds.max} seconds` }];
}
