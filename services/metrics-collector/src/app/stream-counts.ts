// What the streams say of themselves: how many requests wait, and how many messages came.
import { PlatformError, type StreamName, streams, wholeStream } from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import { type QueueDepth, queueDepths } from '../domain/queue-depth.ts';

const streamNames = Object.keys(streams) as StreamName[];

export interface StreamCounts {
  readonly queues: readonly QueueDepth[];
  /** Messages by stream since the last reading; 0 at the first one. */
  readonly arrived: ReadonlyMap<StreamName, number>;
}

export interface StreamCountsOptions {
  readonly bus: Pick<Bus, 'count' | 'published'>;
  readonly logger: { warn(fields: object, text: string): void };
}

/** One reader; it says once that the bus is away. */
export class StreamCounter {
  readonly #options: StreamCountsOptions;
  readonly #published = new Map<StreamName, number>();
  #isBusAway = false;

  constructor(options: StreamCountsOptions) {
    this.#options = options;
  }

  /** Undefined while the bus does not say. `languages` as for `queueDepths`. */
  async read(languages: ReadonlyMap<string, string>): Promise<StreamCounts | undefined> {
    try {
      const [queues, arrived] = await Promise.all([this.#queues(languages), this.#arrived()]);
      this.#isBusAway = false;
      return { queues, arrived };
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      if (!this.#isBusAway) this.#options.logger.warn({ err }, 'streams are not known now');
      this.#isBusAway = true;
      return undefined;
    }
  }

  async #queues(languages: ReadonlyMap<string, string>): Promise<readonly QueueDepth[]> {
    const logs = ['EXEC_PRIORITY', 'EXEC_STANDARD'] as const;
    const counts = await Promise.all(logs.map((log) => this.#options.bus.count(log, wholeStream)));
    return queueDepths(new Map(counts.flatMap((count) => [...count])), languages);
  }

  async #arrived(): Promise<ReadonlyMap<StreamName, number>> {
    const { bus } = this.#options;
    const totals = await Promise.all(streamNames.map((stream) => bus.published(stream)));
    const arrived = new Map<StreamName, number>();
    for (const [index, stream] of streamNames.entries()) {
      const total = totals[index] ?? 0;
      // A stream that was made anew counts from 0 again.
      arrived.set(stream, Math.max(0, total - (this.#published.get(stream) ?? total)));
      this.#published.set(stream, total);
    }
    return arrived;
  }
}
