// What this instance has seen: nodes, requests and starts. Every instance watches, so that one
// that is elected knows at once.
import {
  fromJsonBytes,
  type JsonMessage,
  NodeStatus,
  parseSubject,
  SandboxEvent,
  subjectFilter,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import type { Logger } from '@pilotlight/telemetry';
import { DemandHistory } from '../domain/demand-history.ts';
import { LeadTime } from '../domain/lead-time.ts';
import { NodeInventory } from '../domain/nodes.ts';

export interface ObservationsOptions {
  readonly bus: Pick<Bus, 'follow' | 'bucket'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  /** Templates to keep count of; events of others are passed over. */
  readonly templates: readonly string[];
}

/** Read-only to its users; filled by `watch`. */
export class Observations {
  readonly #options: ObservationsOptions;
  readonly #demand: ReadonlyMap<string, DemandHistory>;
  readonly #leadTimes: ReadonlyMap<string, LeadTime>;
  readonly #nodes = new NodeInventory();
  readonly #listeners = new Set<() => void>();
  readonly #nodesKnown = Promise.withResolvers<void>();

  constructor(options: ObservationsOptions) {
    this.#options = options;
    this.#demand = new Map(options.templates.map((name) => [name, new DemandHistory()]));
    this.#leadTimes = new Map(options.templates.map((name) => [name, new LeadTime()]));
  }

  /**
   * Runs until aborted; rejects if reading breaks. The demand of the last weeks is counted again
   * from the event log, by subject alone, so a restart forgets nothing.
   */
  async watch(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#watchNodes(signal),
      this.#watchRequests(signal),
      this.#watchStarts(signal),
    ]);
  }

  /** Resolves once the nodes that were there are known: a plan without them would empty them. */
  get nodesKnown(): Promise<void> {
    return this.#nodesKnown.promise;
  }

  /** Called after every change of stock or demand. Returns what takes the listener off. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  nodes(): readonly NodeStatus[] {
    return this.#nodes.alive(this.#options.clock.monotonicMs());
  }

  /** Throws for a template that is not in the catalogue. */
  demand(template: string): DemandHistory {
    return known(this.#demand, template);
  }

  leadTimeMs(template: string): number {
    return known(this.#leadTimes, template).ms;
  }

  async #watchNodes(signal: AbortSignal): Promise<void> {
    const bucket = await this.#options.bus.bucket('nodes');
    for await (const change of bucket.watch(signal)) {
      if (change.kind === 'caught_up') this.#nodesKnown.resolve();
      else if (change.kind === 'removed') this.#nodes.remove(change.key);
      else this.#reportNode(change.entry.key, change.entry.value);
      this.#changed();
    }
  }

  #reportNode(key: string, value: Uint8Array): void {
    const status = this.#decode(NodeStatus, value, `nodes.${key}`);
    if (status !== undefined) this.#nodes.report(status, this.#options.clock.monotonicMs());
  }

  async #watchRequests(signal: AbortSignal): Promise<void> {
    const filter = subjectFilter('sandboxEvent', { type: 'leased' });
    const { bus } = this.#options;
    for await (const message of bus.follow('SANDBOX_EVENTS', filter, 'first', signal)) {
      const template = parseSubject('sandboxEvent', message.subject)?.template;
      this.#demand.get(template ?? '')?.record(message.storedAt);
      if (message.pending === 0) this.#changed();
    }
  }

  async #watchStarts(signal: AbortSignal): Promise<void> {
    const filter = subjectFilter('sandboxEvent', { type: 'ready' });
    const { bus } = this.#options;
    for await (const message of bus.follow('SANDBOX_EVENTS', filter, 'new', signal)) {
      const event = this.#decode(SandboxEvent, message.data, message.subject);
      if (event === undefined) continue;
      this.#leadTimes.get(event.template)?.record(event.phases?.totalMs ?? 0);
    }
  }

  #decode<T>(type: JsonMessage<T>, data: Uint8Array, source: string): T | undefined {
    try {
      return fromJsonBytes(type, data);
    } catch (error) {
      this.#options.logger.warn(
        { source, err: error },
        'passed over a message that cannot be read',
      );
      return undefined;
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function known<T>(values: ReadonlyMap<string, T>, template: string): T {
  const value = values.get(template);
  if (value === undefined) throw new Error(`"${template}" is not in the catalogue`);
  return value;
}
