// Spans on their way out: collected while events come, exported in batches, and dropped rather than
// waited for where nobody takes them.
import { type ExecutionResult, PlatformError, type SandboxEvent } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import type { Span } from '../domain/spans.ts';
import { SpansOfHistory } from '../domain/spans-of-history.ts';
import type { HistoryListener, SpanExporter } from './ports.ts';

export const exportEveryMs = 1_000;
const batchSize = 512;
/** Some 8 MB of spans; what comes on top pushes the oldest out. */
export const queueSize = 8_192;
/** Above what an exporter takes by itself, which retries within its own time. */
export const exportTimeoutMs = 8_000;
const flushWithinMs = 2_000;

/** `dropped`: pushed out of the queue, or still in it at the end. */
export const spanOutcomes = ['exported', 'failed', 'dropped'] as const;
export type SpanOutcome = (typeof spanOutcomes)[number];

export interface TracingOptions {
  readonly clock: Clock;
  readonly exporter: SpanExporter;
  /** Share of the traces without a client's context that are recorded, 0 to 1. */
  readonly ratio: number;
  readonly logger: { warn(fields: object, text: string): void };
  /** Hears what became of so many spans. */
  readonly counted: (outcome: SpanOutcome, spans: number) => void;
}

/** Listens to the collector. Nothing here throws, waits or takes more memory than its queue. */
export class Tracing implements HistoryListener {
  readonly #options: TracingOptions;
  readonly #history: SpansOfHistory;
  readonly #queue: Span[] = [];
  #timer: Cancel | undefined;
  #sending: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: TracingOptions) {
    this.#options = options;
    this.#history = new SpansOfHistory(options.ratio);
  }

  onEvent(event: SandboxEvent): void {
    this.#add(this.#history.event(event, this.#options.clock.monotonicMs()));
  }

  onResult(result: ExecutionResult): void {
    this.#add(this.#history.result(result));
  }

  /** Exports what there is, within 2 s; what is left then is dropped. */
  async close(): Promise<void> {
    this.#timer?.();
    this.#push(this.#history.due(Number.POSITIVE_INFINITY));
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(flushWithinMs, late.resolve);
    await Promise.race([this.#flush(), late.promise]);
    cancel();
    if (this.#queue.length > 0) this.#options.counted('dropped', this.#queue.length);
    this.#queue.length = 0;
  }

  #add(spans: readonly Span[]): void {
    this.#push(spans);
    if (this.#queue.length >= batchSize) this.#send();
    if (this.#queue.length > 0 || this.#history.isHolding) this.#schedule();
  }

  #push(spans: readonly Span[]): void {
    this.#queue.push(...spans.filter(isInTime));
    const tooMany = this.#queue.length - queueSize;
    if (tooMany <= 0) return;
    this.#queue.splice(0, tooMany);
    this.#options.counted('dropped', tooMany);
  }

  #schedule(): void {
    this.#timer ??= this.#options.clock.after(exportEveryMs, () => {
      this.#timer = undefined;
      this.#push(this.#history.due(this.#options.clock.monotonicMs()));
      this.#send();
      this.#add([]);
    });
  }

  /** One batch at a time, so that a slow receiver is not asked by many. */
  #send(): void {
    if (this.#sending !== undefined || this.#queue.length === 0) return;
    this.#sending = this.#export(this.#queue.splice(0, batchSize)).then(() => {
      this.#sending = undefined;
      if (this.#queue.length >= batchSize) this.#send();
    });
  }

  async #export(batch: readonly Span[]): Promise<void> {
    const { clock, counted, exporter, logger } = this.#options;
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(exportTimeoutMs, () =>
      late.reject(new PlatformError('deadline_exceeded', 'The receiver of spans did not answer.')),
    );
    try {
      await Promise.race([exporter.export(batch), late.promise]);
      counted('exported', batch.length);
      this.#isFailing = false;
    } catch (thrown) {
      counted('failed', batch.length);
      const err = PlatformError.from(thrown);
      if (!this.#isFailing) logger.warn({ err }, 'spans cannot be exported and are lost');
      this.#isFailing = true;
    } finally {
      cancel();
    }
  }

  async #flush(): Promise<void> {
    while (this.#sending !== undefined || this.#queue.length > 0) {
      this.#send();
      await this.#sending;
    }
  }
}

/** A message may carry a time that is none; one such span would cost its whole batch. */
function isInTime({ start, end }: Span): boolean {
  return start >= 0 && end >= start;
}
