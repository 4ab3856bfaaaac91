// Sleep of leased sandboxes: frozen, or hibernated, which gives their memory back too. From outside
// both are `paused`, and one call wakes either. Deadlines go on running.
import { type LeaseRef, PlatformError } from '@pilotlight/contracts';
import type { Capability, DriverCapabilities } from '@pilotlight/sandbox-runtime';
import type { HeldLease } from './lease-book.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

export interface LeaseSleepOptions {
  readonly use: (ref: LeaseRef) => HeldLease;
  readonly registry: SandboxRegistry;
  readonly capabilities: Pick<DriverCapabilities, 'pause' | 'hibernate'>;
}

export class LeaseSleep {
  readonly #options: LeaseSleepOptions;

  constructor(options: LeaseSleepOptions) {
    this.#options = options;
  }

  /** Freezes every process; one that is hibernated stays so. Idempotent. */
  pause(ref: LeaseRef): Promise<SandboxRecord> {
    const { pause } = this.#options.capabilities;
    require(pause ? { available: true } : { available: false, reason: 'this driver cannot pause' });
    return this.#inTurn(ref, async (lease) => {
      if (lease.record.state === 'paused') return;
      await lease.sandbox.pause();
      this.#moveIf(lease.record, 'leased', 'paused');
    });
  }

  /** Gives its memory back as well, also of one that is paused. Idempotent. */
  hibernate(ref: LeaseRef): Promise<SandboxRecord> {
    require(this.#options.capabilities.hibernate);
    return this.#inTurn(ref, async (lease) => {
      if (lease.isHibernated) return;
      await lease.sandbox.hibernate();
      lease.isHibernated = true;
      this.#moveIf(lease.record, 'leased', 'paused');
    });
  }

  /** Wakes it from either. Idempotent. */
  resume(ref: LeaseRef): Promise<SandboxRecord> {
    return this.#inTurn(ref, async (lease) => {
      if (lease.record.state === 'leased') return;
      await lease.sandbox.resume();
      lease.isHibernated = false;
      this.#moveIf(lease.record, 'paused', 'leased');
    });
  }

  async #inTurn(ref: LeaseRef, work: (lease: HeldLease) => Promise<void>): Promise<SandboxRecord> {
    const lease = this.#options.use(ref);
    await lease.sleep.take(async () => {
      // It may have ended while others had their turn.
      lease.ended.throwIfAborted();
      await work(lease);
    });
    return lease.record;
  }

  /** What happened to a sandbox while its driver worked comes first. */
  #moveIf(record: SandboxRecord, from: SandboxRecord['state'], to: SandboxRecord['state']): void {
    if (record.state === from) this.#options.registry.move(record, to);
  }
}

function require(capability: Capability): void {
  if (!capability.available) throw new PlatformError('unimplemented', capability.reason);
}
