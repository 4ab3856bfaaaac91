// Reads what happens and keeps count. Counters count from the start of this process, as Prometheus
// expects; what is true now is asked for every few seconds.
import {
  ExecutionResult,
  fromJsonBytes,
  type JsonMessage,
  NodeStatus,
  PlatformError,
  SandboxEvent,
  subjectFilter,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { executionMeasurement, measurementsOf } from '../domain/measurements.ts';
import { SeenIds } from '../domain/seen-ids.ts';
import { LiveState } from './live-state.ts';
import type { HistoryListener, Instruments } from './ports.ts';
import type { CollectorSnapshot } from './snapshot.ts';
import { StreamCounter } from './stream-counts.ts';

export const refreshEveryMs = 5_000;
/** Ids that are remembered of each stream: some ten minutes at full load, about 2 MB. */
const rememberedIds = 20_000;

export interface CollectorOptions {
  readonly bus: Pick<Bus, 'follow' | 'bucket' | 'count' | 'published'>;
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly logger: { warn(fields: object, text: string): void };
  readonly listeners?: readonly HistoryListener[];
}

/** One collector for a process. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #live: LiveState;
  readonly #streams: StreamCounter;
  readonly #seenEvents = new SeenIds(rememberedIds);
  readonly #seenResults = new SeenIds(rememberedIds);
  readonly #templatesKnown = Promise.withResolvers<void>();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#live = new LiveState(options.clock.monotonicMs());
    this.#streams = new StreamCounter(options);
  }

  /** Resolves once the catalogue is known and what comes is counted, each under its own label. */
  get ready(): Promise<void> {
    return this.#templatesKnown.promise;
  }

  /** Runs until aborted; rejects if reading breaks. Messages that cannot be read are passed over. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#followEvents(signal),
      this.#followResults(signal),
      this.#watchTemplates(signal),
      this.#watchNodes(signal),
      this.#refreshUntil(signal),
    ]);
  }

  snapshot(): CollectorSnapshot {
    return this.#live.snapshot(this.#options.clock.monotonicMs());
  }

  /** Says what is true now. Never rejects: without the bus, queue depths stay as they were. */
  async refresh(): Promise<void> {
    const { clock, instruments } = this.#options;
    const counts = await this.#streams.read(this.#live.catalogue.languages);
    if (counts !== undefined) this.#live.queuesRead(counts.queues);
    for (const [stream, messages] of counts?.arrived ?? []) instruments.arrived(stream, messages);
    instruments.state(this.#live.read(clock.monotonicMs()));
  }

  async #followEvents(signal: AbortSignal): Promise<void> {
    const filter = subjectFilter('sandboxEvent');
    const { bus, clock, instruments } = this.#options;
    await this.#templatesKnown.promise;
    for await (const message of bus.follow('SANDBOX_EVENTS', filter, 'new', signal)) {
      const event = this.#decode(SandboxEvent, message.data, message.subject);
      if (event === undefined || !this.#seenEvents.isNew(event.eventId)) continue;
      const nowMs = clock.monotonicMs();
      const template = this.#live.catalogue.templateLabel(event.template);
      for (const measurement of measurementsOf(event, template)) {
        instruments.measure(measurement);
        this.#live.measured(measurement, nowMs);
      }
      if (event.type === 'leased') this.#live.active(event, nowMs);
      for (const listener of this.#options.listeners ?? []) listener.onEvent(event);
    }
  }

  async #followResults(signal: AbortSignal): Promise<void> {
    const filter = subjectFilter('executionResult');
    const { bus, clock, instruments } = this.#options;
    await this.#templatesKnown.promise;
    for await (const message of bus.follow('EXEC_RESULTS', filter, 'new', signal)) {
      const result = this.#decode(ExecutionResult, message.data, message.subject);
      if (result === undefined || !this.#seenResults.isNew(result.executionId)) continue;
      const nowMs = clock.monotonicMs();
      const measurement = executionMeasurement(result, this.#live.catalogue.languages);
      instruments.execution(measurement);
      this.#live.executed(measurement, nowMs);
      this.#live.active(result, nowMs);
      for (const listener of this.#options.listeners ?? []) listener.onResult(result);
    }
  }

  async #watchTemplates(signal: AbortSignal): Promise<void> {
    const bucket = await this.#options.bus.bucket('templates');
    for await (const change of bucket.watch(signal)) {
      if (change.kind === 'caught_up') this.#templatesKnown.resolve();
      if (change.kind === 'removed') this.#live.catalogue.remove(change.key);
      if (change.kind !== 'put') continue;
      const { key, value } = change.entry;
      this.#unlessUnreadable(`templates.${key}`, () => this.#live.catalogue.put(key, value));
    }
    this.#templatesKnown.resolve();
  }

  async #watchNodes(signal: AbortSignal): Promise<void> {
    const bucket = await this.#options.bus.bucket('nodes');
    for await (const change of bucket.watch(signal)) {
      if (change.kind === 'removed') this.#live.nodeRemoved(change.key);
      if (change.kind !== 'put') continue;
      const { key, value } = change.entry;
      const status = this.#decode(NodeStatus, value, `nodes.${key}`);
      const nowMs = this.#options.clock.monotonicMs();
      if (status !== undefined) this.#live.nodeReported(key, status, nowMs);
    }
  }

  async #refreshUntil(signal: AbortSignal): Promise<void> {
    let wake = () => {};
    signal.addEventListener('abort', () => wake(), { once: true });
    while (!signal.aborted) {
      await this.refresh();
      if (signal.aborted) break;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const cancel = this.#options.clock.after(refreshEveryMs, resolve);
      await promise;
      cancel();
    }
  }

  #decode<T>(type: JsonMessage<T>, data: Uint8Array, source: string): T | undefined {
    return this.#unlessUnreadable(source, () => fromJsonBytes(type, data));
  }

  #unlessUnreadable<T>(source: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      this.#options.logger.warn({ source, err }, 'passed over a message that cannot be read');
      return undefined;
    }
  }
}
