// Finds out whether a silent node is dead: silence alone may be the bus's, so the node is asked.
import { PlatformError } from '@pilotlight/contracts';
import type { NodeInventory } from './node-inventory.ts';
import type { CallNode, Log } from './ports.ts';

const probeTimeoutMs = 2_000;

export interface NodeWatchDeps {
  readonly inventory: NodeInventory;
  readonly callNode: CallNode;
  readonly log: Log;
  readonly epoch: number;
  readonly term: AbortSignal;
}

/** One leader's. */
export class NodeWatch {
  readonly #deps: NodeWatchDeps;
  readonly #probing = new Set<string>();

  constructor(deps: NodeWatchDeps) {
    this.#deps = deps;
  }

  /** To be called every second. Probes that hang are not repeated meanwhile. */
  look(): void {
    this.#deps.inventory.forget();
    for (const { status, liveness } of this.#deps.inventory.all()) {
      if (liveness !== 'alive' && !this.#probing.has(status.node)) void this.#probe(status);
    }
  }

  async #probe(status: Parameters<CallNode>[0]): Promise<void> {
    const { callNode, epoch, inventory, term } = this.#deps;
    const { incarnation, node } = status;
    this.#probing.add(node);
    try {
      const scope = { signal: term, timeoutMs: probeTimeoutMs };
      const runs = await callNode(status).listRuns({ epoch }, scope);
      inventory.probed(node, runs.incarnation === incarnation);
    } catch (thrown) {
      if (!term.aborted) this.#onSilence(node, PlatformError.from(thrown));
    } finally {
      this.#probing.delete(node);
    }
  }

  #onSilence(node: string, error: PlatformError): void {
    const before = this.#deps.inventory.get(node)?.liveness;
    this.#deps.inventory.probed(node, false);
    if (before === 'silent') this.#deps.log.warn({ err: error, node }, 'a node is dead');
  }
}
