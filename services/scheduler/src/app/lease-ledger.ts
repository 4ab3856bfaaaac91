// Which leases this leader believes to exist, so that users are held to their limits. Leases end on
// their nodes without asking anybody, so the ledger is compared with what the nodes list.
import { addressOf, PlatformError, type Sandbox } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Capacity } from './capacity.ts';
import type { NodeInventory } from './node-inventory.ts';
import type { CallNode, Log } from './ports.ts';

const listTimeoutMs = 2_000;

interface Entry {
  readonly user: string;
  readonly node: string;
  readonly incarnation: string;
  /** On the monotonic clock; a list asked for earlier says nothing about it. */
  readonly addedAtMs: number;
}

export interface LedgerOptions {
  readonly capacity: Capacity;
  readonly inventory: NodeInventory;
  readonly callNode: CallNode;
  readonly clock: Clock;
  readonly log: Log;
}

/** One leader's ledger. */
export class LeaseLedger {
  readonly #options: LedgerOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Takes over a lease that was counted in `Capacity.startLease` already. */
  add(sandboxId: string, user: string): void {
    const address = addressOf(sandboxId);
    if (address === undefined || this.#entries.has(sandboxId)) {
      this.#options.capacity.endLease(user);
      return;
    }
    const addedAtMs = this.#options.clock.monotonicMs();
    this.#entries.set(sandboxId, { user, ...address, addedAtMs });
  }

  /** Who holds it, as far as this leader knows. */
  holderOf(sandboxId: string): string | undefined {
    return this.#entries.get(sandboxId)?.user;
  }

  /** Idempotent. */
  remove(sandboxId: string): void {
    const entry = this.#entries.get(sandboxId);
    if (entry === undefined) return;
    this.#entries.delete(sandboxId);
    this.#options.capacity.endLease(entry.user);
  }

  /** Compares with every living node that has entries, or with all living ones. Never rejects. */
  async reconcile(which: 'all' | 'with_entries', signal: AbortSignal): Promise<void> {
    this.#dropLost();
    const wanted = new Set([...this.#entries.values()].map((entry) => entry.node));
    const nodes = this.#options.inventory.all().filter(({ status, liveness }) => {
      return liveness === 'alive' && (which === 'all' || wanted.has(status.node));
    });
    await Promise.all(nodes.map(({ status }) => this.#compare(status, signal)));
  }

  async #compare(status: Parameters<CallNode>[0], signal: AbortSignal): Promise<void> {
    const askedAtMs = this.#options.clock.monotonicMs();
    try {
      const scope = { signal, timeoutMs: listTimeoutMs };
      const { sandboxes } = await this.#options
        .callNode(status)
        .listSandboxes({ template: '' }, scope);
      this.#adopt(status.node, sandboxes.filter(isLease), askedAtMs);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = PlatformError.from(thrown);
      this.#options.log.warn({ err: error, node: status.node }, 'leases could not be listed');
    }
  }

  #adopt(node: string, leases: readonly Sandbox[], askedAtMs: number): void {
    const listed = new Set(leases.map((sandbox) => sandbox.sandboxId));
    for (const [sandboxId, entry] of this.#entries) {
      if (entry.node !== node || entry.addedAtMs >= askedAtMs) continue;
      if (!listed.has(sandboxId)) this.remove(sandboxId);
    }
    for (const { sandboxId, userId } of leases) {
      if (this.#entries.has(sandboxId)) continue;
      this.#options.capacity.startLease(userId);
      this.add(sandboxId, userId);
    }
  }

  #dropLost(): void {
    for (const [sandboxId, entry] of this.#entries) {
      const known = this.#options.inventory.get(entry.node);
      if (known?.status.incarnation !== entry.incarnation) this.remove(sandboxId);
    }
  }
}

function isLease(sandbox: Sandbox): boolean {
  const held = sandbox.state === 'leased' || sandbox.state === 'paused';
  return held && sandbox.executionId === '';
}
