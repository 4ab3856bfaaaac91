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
import type { DriverCapabilities } from '@pilotlight/sandbox-runtime';
import { type LeaseTimes, leaseDeadline, leaseEnd } from '../domain/expiry.ts';
import { watchDeadline } from './deadline.ts';
import type { Disposal } from './disposal.ts';
import {
  type HeldLease,
  LeaseBook,
  type LeaseCall,
  type LeaseCalls,
  newToken,
} from './lease-book.ts';
import { LeaseSleep } from './lease-sleep.ts';
import { optionProblems, prepareLease } from './prepare-lease.ts';
import { requesterOf } from './requester.ts';
import { endedByItself, type SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';
import { SharedCalls } from './shared-calls.ts';
import type { Stock } from './stock.ts';
import { Turns } from './turns.ts';

export interface LeasesOptions {
  readonly registry: SandboxRegistry;
  readonly stock: Stock;
  readonly disposal: Disposal;
  readonly capabilities: Pick<DriverCapabilities, 'pause' | 'hibernate' | 'egress'>;
  readonly clock: Clock;
}

/** Commands, transfers and connections of one lease at once. */
const maxCalls = 256;

export class Leases implements LeaseCalls {
  readonly #options: LeasesOptions;
  readonly #book: LeaseBook;
  readonly #sleep: LeaseSleep;
  /** Leases by request id, from the first call until the lease ends. */
  readonly #byRequest = new SharedCalls<Lease>();

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#book = new LeaseBook(options.registry.address);
    const use = (ref: LeaseRef) => this.use(ref);
    this.#sleep = new LeaseSleep({ ...options, use });
  }

  get size(): number {
    return this.#book.size;
  }

  /**
   * Leases a sandbox. Calls with one request id share one lease, as long as it lives. Rejects as
   * `Stock.claim` does, `invalid_argument` for options that are wrong or that this node lacks, and
   * `internal` where the sandbox could not be prepared as asked; it is destroyed then.
   */
  lease(request: LeaseSandboxRequest, signal: AbortSignal): Promise<Lease> {
    const problems = [
      ...optionProblems(
        request,
        this.#options.stock.template(request.template),
        this.#options.capabilities,
      ),
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

  begin(ref: LeaseRef | undefined): LeaseCall {
    const lease = this.use(ref);
    if (lease.record.state === 'paused') {
      throw new PlatformError('failed_precondition', 'the sandbox is paused: resume it first');
    }
    if (lease.times.activeCalls >= maxCalls) {
      const message = `${maxCalls} commands and connections of this lease are open already`;
      throw new PlatformError('resource_exhausted', message);
    }
    lease.times.activeCalls += 1;
    const done = () => {
      lease.times.activeCalls -= 1;
      lease.times.lastUsedMs = this.#options.clock.monotonicMs();
    };
    return { lease, done };
  }

  /**
   * Gives a sandbox back; it is destroyed in the background, and where its template says so a fresh
   * one is made for the same user. A second release is a success.
   */
  release(ref: LeaseRef): void {
    const lease = this.#book.requireForRelease(ref);
    if (lease === undefined) return;
    const { template, holder } = lease.record;
    const reservation = { userId: holder?.userId ?? '', keepMs: lease.times.idleTimeoutMs };
    const onDestroyed = () => {
      if (template.reuse === 'reset') this.#options.stock.reserve(template.name, reservation);
    };
    this.#end(lease, 'manual', 'released', onDestroyed);
  }

  /** See `LeaseSleep`. */
  pause(ref: LeaseRef): Promise<SandboxRecord> {
    return this.#sleep.pause(ref);
  }

  hibernate(ref: LeaseRef): Promise<SandboxRecord> {
    return this.#sleep.hibernate(ref);
  }

  resume(ref: LeaseRef): Promise<SandboxRecord> {
    return this.#sleep.resume(ref);
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
      await prepareLease(sandbox, record.template, request, { now: clock.now(), signal });
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
    const ended = new AbortController();
    const lease: HeldLease = {
      record,
      sandbox,
      token: newToken(),
      env: request.env,
      ended: ended.signal,
      end: (reason) => ended.abort(reason),
      uploads: new Turns(),
      sleep: new Turns(),
      isHibernated: false,
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
    const { sandbox } = lease;
    lease.cancelDeadline = watchDeadline(
      clock,
      () => leaseDeadline(timesOf(lease), clock.monotonicMs()),
      () => this.#end(lease, leaseEnd(timesOf(lease), clock.monotonicMs()) ?? 'expired', ''),
    );
    void sandbox.ended.then(async () => {
      const wasOutOfMemory = (await sandbox.usage().catch(() => undefined))?.oomKills ?? 0;
      const reason = wasOutOfMemory > 0 ? 'resource_limit' : 'error';
      this.#end(lease, reason, endedByItself(lease.record, 'the sandbox ended by itself'));
    });
  }

  #end(
    lease: HeldLease,
    reason: StopReason,
    detail: string,
    onDestroyed: () => void = () => undefined,
  ): void {
    if (!this.#book.end(lease, detail === '' ? reason : detail)) return;
    this.#byRequest.forget(lease.record.holder?.requestId ?? '');
    this.#options.disposal.dispose(lease.record, { reason, detail, onDestroyed });
  }
}

/** What is open on a sandbox that sleeps does not go on, and is no use of it. */
function timesOf({ record, times }: HeldLease): LeaseTimes {
  return record.state === 'paused' ? { ...times, activeCalls: 0 } : times;
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
    version: record.version ?? '',
  };
}

function secondsProblem(field: string, value: number, bounds: limits.Bounds) {
  if (limits.withinBounds(value, bounds)) return [];
  return [{ field, problem: `must be ${bounds.min} to ${bounds.max} seconds` }];
}
