// What happens on the platform, for everyone who looks on: the sources run once, and only while somebody
// does. A slow onlooker loses the oldest, and is told how much.
import { PlatformError, type Principal } from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';

const retryMs = 1_000;
/** Of one onlooker; both bounds hold. */
const maxWaiting = 1_000;
const maxWaitingBytes = 512 * 1024;

/** One event, as text that is made once. */
export interface FeedItem {
  readonly event: string;
  /** JSON without line breaks. */
  readonly text: string;
  readonly isFor: (principal: Principal) => boolean;
  /** It says how things are, not what happened: who comes later gets the last one at once. */
  readonly isState?: boolean;
}

/** Runs until the signal aborts; begun anew where it rejects. `caller`: somebody who looks on. */
export type FeedSource = (
  emit: (item: FeedItem) => void,
  signal: AbortSignal,
  caller: () => Principal | undefined,
) => Promise<void>;

export interface FeedOptions {
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void };
  readonly sources: readonly FeedSource[];
}

export class LiveFeed {
  readonly #options: FeedOptions;
  readonly #onlookers = new Set<Onlooker>();
  readonly #states = new Map<string, FeedItem>();
  #running: AbortController | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  join(principal: Principal): Onlooker {
    const onlooker = new Onlooker(principal);
    for (const item of this.#states.values()) onlooker.offer(item);
    this.#onlookers.add(onlooker);
    if (this.#running === undefined) this.#run();
    return onlooker;
  }

  /** Idempotent. */
  leave(onlooker: Onlooker): void {
    onlooker.end();
    this.#onlookers.delete(onlooker);
    if (this.#onlookers.size === 0) this.#stop();
  }

  close(): void {
    for (const onlooker of this.#onlookers) onlooker.end();
    this.#stop();
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#states.clear();
  }

  #run(): void {
    const running = new AbortController();
    this.#running = running;
    for (const source of this.#options.sources) void this.#repeat(source, running.signal);
  }

  async #repeat(source: FeedSource, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const caller = () => this.#onlookers.values().next().value?.principal;
    const emit = (item: FeedItem) => {
      if (!signal.aborted) this.#emit(item);
    };
    while (!signal.aborted) {
      try {
        await source(emit, signal, caller);
      } catch (thrown) {
        const err = PlatformError.from(thrown);
        if (!signal.aborted) log.warn({ err }, 'feed: a source broke');
      }
      await pause(clock, retryMs, signal);
    }
  }

  #emit(item: FeedItem): void {
    if (item.isState === true) this.#states.set(item.event, item);
    for (const onlooker of this.#onlookers) onlooker.offer(item);
  }
}

/** Somebody who looks on, and what waits for them. */
export class Onlooker {
  readonly principal: Principal;
  #waiting: FeedItem[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  constructor(principal: Principal) {
    this.principal = principal;
  }

  offer(item: FeedItem): void {
    if (this.#ended || !item.isFor(this.principal)) return;
    this.#waiting.push(item);
    this.#waitingBytes += item.text.length;
    while (this.#waiting.length > maxWaiting || this.#waitingBytes > maxWaitingBytes) {
      const oldest = this.#waiting.shift();
      if (oldest === undefined) break;
      this.#waitingBytes -= oldest.text.length;
      this.#dropped += 1;
    }
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  /** In order; ends when the onlooker leaves or the feed closes. */
  async *items(): AsyncGenerator<Pick<FeedItem, 'event' | 'text'>> {
    while (!this.#ended) {
      if (this.#dropped > 0) {
        yield { event: 'dropped', text: JSON.stringify({ count: this.#dropped }) };
        this.#dropped = 0;
      }
      const item = this.#waiting.shift();
      if (item !== undefined) {
        this.#waitingBytes -= item.text.length;
        yield item;
        continue;
      }
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }
}
