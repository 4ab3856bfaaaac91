// What was ordered, on its way to ready: given to whoever of those who wait has least, or put in stock; and what comes
// of a start that fails.
import { PlatformError, type Template } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { afterFailure, breakerState, closedBreaker } from '../domain/breaker.ts';
import { warmDeadline } from '../domain/expiry.ts';
import { watchDeadline } from './deadline.ts';
import type { Disposal } from './disposal.ts';
import { handOver } from './hand-over.ts';
import type { Pool } from './pool.ts';
import type { Log } from './ports.ts';
import type { Readiness } from './preparation.ts';
import { endedByItself, type Requester, type SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';
import { brokenTemplate } from './waiter.ts';

/** What every start needs. */
export interface StartParts {
  readonly registry: SandboxRegistry;
  readonly disposal: Disposal;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes an ordered sandbox to ready; on failure it has cleaned up. See `createSandbox`. */
  readonly create: (
    record: SandboxRecord,
    signal: AbortSignal,
    whoWaits: () => Requester | undefined,
  ) => Promise<void>;
  /** In [0, 1); spreads expiry. */
  readonly random: () => number;
}

export interface StartsOptions extends StartParts {
  readonly poolOf: (template: string) => Pool;
  /** Whether sandboxes of this template are still wanted as it is. */
  readonly isCurrent: (template: Template) => boolean;
  /** Told of whatever may call for other orders. */
  readonly changed: () => void;
  /** Calls every start off. */
  readonly closing: AbortSignal;
}

export class Starts {
  readonly #options: StartsOptions;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async begin(record: SandboxRecord): Promise<void> {
    const pool = this.#options.poolOf(record.template.name);
    this.#noteVersion(record);
    const nth = pool.begun;
    pool.begun += 1;
    try {
      const heldBy = (user: string) => this.#options.registry.heldBy(user);
      const whoWaits = () => pool.waiterFor(nth, heldBy)?.requester;
      await this.#options.create(record, this.#options.closing, whoWaits);
    } catch (thrown) {
      this.#failed(pool, record, PlatformError.from(thrown));
      return;
    } finally {
      pool.begun -= 1;
      pool.inFlight -= 1;
    }
    pool.breaker = closedBreaker;
    this.#arrived(pool, record);
  }

  /** One that is no stock; see `Reserves`. Rejects where it fails. */
  async beginReserve(record: SandboxRecord, signal: AbortSignal): Promise<void> {
    this.#noteVersion(record);
    await this.#options.create(record, signal, () => undefined);
  }

  #noteVersion(record: SandboxRecord): void {
    const state = this.#options.readiness.stateOf(record.template.name);
    if (state.kind === 'prepared') record.version = state.version;
  }

  #arrived(pool: Pool, record: SandboxRecord): void {
    const { clock, random, disposal, isCurrent, closing } = this.#options;
    if (!isCurrent(record.template) || closing.aborted) {
      disposal.dispose(record, { reason: 'evicted' });
      return;
    }
    const waiter = pool.nextWaiter((user) => this.#options.registry.heldBy(user));
    if (waiter !== undefined) {
      waiter.resolve(handOver(this.#options, record, waiter.requester, false));
      return;
    }
    const dueAtMs = warmDeadline(clock.monotonicMs(), pool.ttlMs, random());
    record.expiresAt = new Date(clock.now().getTime() + dueAtMs - clock.monotonicMs());
    const expire = () => {
      if (pool.withdraw(record)) disposal.dispose(record, { reason: 'expired' });
    };
    pool.put(
      record,
      watchDeadline(clock, () => dueAtMs, expire),
    );
    void record.sandbox?.ended.then(() => this.#lost(pool, record));
  }

  /** Nobody waits on for a template that is not tried for a while. */
  #failed(pool: Pool, record: SandboxRecord, error: PlatformError): void {
    const { clock, log, closing, changed } = this.#options;
    if (closing.aborted) return;
    const nowMs = clock.monotonicMs();
    const problem = error.message;
    log.warn({ template: pool.template, sandbox: record.id, problem }, 'a start failed');
    const hopeless = error.code === 'unavailable';
    pool.breaker = afterFailure(pool.breaker, { nowMs, problem, hopeless });
    if (breakerState(pool.breaker, nowMs) === 'open') {
      pool.refuseAll(brokenTemplate(pool.template, pool.breaker, nowMs));
      clock.after(pool.breaker.openUntilMs - nowMs, changed);
    }
    changed();
  }

  /** A ready sandbox that ended by itself. */
  #lost(pool: Pool, record: SandboxRecord): void {
    if (!pool.withdraw(record)) return;
    this.#options.log.warn({ sandbox: record.id }, 'a warm sandbox ended by itself');
    const detail = endedByItself(record, 'ended while waiting');
    this.#options.disposal.dispose(record, { reason: 'error', detail });
  }
}
