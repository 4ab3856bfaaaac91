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
import { ColdStartRate } from '../domain/cold-start-rate.ts';
import { executionMeasurement, measurementsOf } from '../domain/measurements.ts';
import { type QueueDepth, queueDepths } from '../domain/queue-depth.ts';
import { SeenIds } from '../domain/seen-ids.ts';
import { Stock } from '../domain/stock.ts';
import { Languages } from './languages.ts';
import type { Instruments } from './ports.ts';

export const refreshEveryMs = 5_000;
/** Ids that are remembered of each stream: some ten minutes at full load, about 2 MB. */
const rememberedIds = 20_000;

export interface CollectorOptions {
  readonly bus: Pick<Bus, 'follow' | 'bucket' | 'count'>;
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly logger: { warn(fields: object, text: string): void };
}

/** One collector for a process. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #languages = new Languages();
  readonly #stock = new Stock();
  readonly #coldStarts = new ColdStartRate();
  readonly #seenEvents = new SeenIds(rememberedIds);
  readonly #seenResults = new SeenIds(rememberedIds);
  readonly #templatesKnown = Promise.withResolvers<void>();
  #isBusAway = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Resolves once the catalogue is known and results are counted, each under its language. */
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

  /** Says what is true now. Never rejects: without the bus, queue depths stay as they were. */
  async refresh(): Promise<void> {
    const { clock, instruments } = this.#options;
    const queues = await this.#queues();
    const nowMs = clock.monotonicMs();
    const stock = this.#stock.counts(nowMs);
    const warm = new Map<string, number>();
    for (const { template, state, count } of stock) {
      const language = this.#languages.of(template);
      if (state === 'ready') warm.set(language, (warm.get(language) ?? 0) + count);
    }
    const coldStartRate = this.#coldStarts.percentages(nowMs);
    instruments.state({ stock, warm, coldStartRate, queues });
  }

  async #queues(): Promise<readonly QueueDepth[] | undefined> {
    const { bus } = this.#options;
    const filter = subjectFilter('executionRequest');
    try {
      const streams = ['EXEC_PRIORITY', 'EXEC_STANDARD'] as const;
      const counts = await Promise.all(streams.map((stream) => bus.count(stream, filter)));
      const known = new Map(counts.flatMap((count) => [...count]));
      this.#isBusAway = false;
      return queueDepths(known, this.#languages.byName);
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      if (!this.#isBusAway) this.#options.logger.warn({ err }, 'queue depths are not known now');
      this.#isBusAway = true;
      return undefined;
    }
  }

  async #followEvents(signal: AbortSignal): Promise<void> {
    const filter = subjectFilter('sandboxEvent');
    const { bus, instruments } = this.#options;
    for await (const message of bus.follow('SANDBOX_EVENTS', filter, 'new', signal)) {
      const event = this.#decode(SandboxEvent, message.data, message.subject);
      if (event === undefined || !this.#seenEvents.isNew(event.eventId)) continue;
      for (const measurement of measurementsOf(event)) instruments.measure(measurement);
    }
  }

  async #followResults(signal: AbortSignal): Promise<void> {
    const filter = subjectFilter('executionResult');
    const { bus, clock, instruments } = this.#options;
    await this.#templatesKnown.promise;
    for await (const message of bus.follow('EXEC_RESULTS', filter, 'new', signal)) {
      const result = this.#decode(ExecutionResult, message.data, message.subject);
      if (result === undefined || !this.#seenResults.isNew(result.executionId)) continue;
      const measurement = executionMeasurement(result, this.#languages.byName);
      instruments.execution(measurement);
      const { language, wasCold } = measurement;
      if (wasCold !== undefined) this.#coldStarts.record(language, wasCold, clock.monotonicMs());
    }
  }

  async #watchTemplates(signal: AbortSignal): Promise<void> {
    const bucket = await this.#options.bus.bucket('templates');
    for await (const change of bucket.watch(signal)) {
      if (change.kind === 'caught_up') this.#templatesKnown.resolve();
      if (change.kind === 'removed') this.#languages.remove(change.key);
      if (change.kind !== 'put') continue;
      const { key, value } = change.entry;
      this.#unlessUnreadable(`templates.${key}`, () => this.#languages.put(key, value));
    }
    this.#templatesKnown.resolve();
  }

  async #watchNodes(signal: AbortSignal): Promise<void> {
    const bucket = await this.#options.bus.bucket('nodes');
    for await (const change of bucket.watch(signal)) {
      if (change.kind === 'removed') this.#stock.remove(change.key);
      if (change.kind !== 'put') continue;
      const status = this.#decode(NodeStatus, change.entry.value, `nodes.${change.entry.key}`);
      if (status !== undefined) this.#stock.report(status, this.#options.clock.monotonicMs());
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
