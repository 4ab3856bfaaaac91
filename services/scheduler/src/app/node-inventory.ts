// The nodes as they report themselves in KV `nodes`, and whether they live.
import { fromJsonBytes, NodeStatus, PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { KeyValue } from '@pilotlight/messaging';
import {
  type Liveness,
  livenessOf,
  type Pulse,
  probed,
  reported,
} from '../domain/node-liveness.ts';
import type { Log } from './ports.ts';
import { pause } from './waiting.ts';

/** A node that was not heard of for so long is forgotten; its entry has expired by then. */
const forgottenAfterMs = 60_000;
const rewatchAfterMs = 500;

/** One node. */
export interface KnownNode {
  readonly status: NodeStatus;
  readonly liveness: Liveness;
}

/** Every scheduler keeps one, so that a new leader knows the nodes at once. */
export class NodeInventory {
  readonly #clock: Clock;
  readonly #nodes = new Map<string, { status: NodeStatus; pulse: Pulse }>();
  readonly #listeners = new Set<(node: string) => void>();
  readonly #caughtUp = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when every node that has reported so far is known. */
  get ready(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** Follows the bucket until the signal aborts; a watch that breaks is begun anew. */
  async follow(bucket: KeyValue, signal: AbortSignal, log: Log): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of bucket.watch(signal)) {
          if (change.kind === 'caught_up') this.#caughtUp.resolve();
          else if (change.kind === 'put') this.observe(readStatus(change.entry.value, log));
          else this.#remove(change.key);
        }
      } catch (thrown) {
        if (!signal.aborted) log.warn({ err: PlatformError.from(thrown) }, 'nodes: watch broke');
      }
      await pause(this.#clock, rewatchAfterMs, signal);
    }
  }

  /** Takes in a report. Listeners hear of every one, since any may mean room. */
  observe(status: NodeStatus | undefined): void {
    if (status === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    const pulse = reported(this.#nodes.get(status.node)?.pulse, status, nowMs);
    this.#nodes.set(status.node, { status, pulse });
    this.#tell(status.node);
  }

  /** A silent node was asked something. */
  probed(node: string, answered: boolean): void {
    const known = this.#nodes.get(node);
    if (known === undefined) return;
    known.pulse = probed(known.pulse, answered, this.#clock.monotonicMs());
    this.#tell(node);
  }

  get(node: string): KnownNode | undefined {
    const known = this.#nodes.get(node);
    return known && this.#asKnown(known);
  }

  all(): KnownNode[] {
    return [...this.#nodes.values()].map((known) => this.#asKnown(known));
  }

  /** Called until the returned function is, after each report and probe. */
  onChange(listener: (node: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops what has been dead for long. */
  forget(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [node, { pulse }] of this.#nodes) {
      if (nowMs - pulse.heardAtMs > forgottenAfterMs) this.#nodes.delete(node);
    }
  }

  /** It has ended in an orderly way. */
  #remove(node: string): void {
    if (this.#nodes.delete(node)) this.#tell(node);
  }

  #asKnown(known: { status: NodeStatus; pulse: Pulse }): KnownNode {
    return { status: known.status, liveness: livenessOf(known.pulse, this.#clock.monotonicMs()) };
  }

  #tell(node: string): void {
    for (const listener of this.#listeners) listener(node);
  }
}

function readStatus(value: Uint8Array, log: Log): NodeStatus | undefined {
  try {
    return fromJsonBytes(NodeStatus, value);
  } catch (thrown) {
    log.warn({ err: PlatformError.from(thrown) }, 'nodes: a report cannot be read');
    return undefined;
  }
}
