// Puts the chunks of one attempt on the bus, in order and many at a time. A NATS restart in the
// middle loses nothing: what was not acknowledged is sent again, and stored once.
import { type OutputChunk, PlatformError } from '@pilotlight/contracts';
import { backoff, type Clock } from '@pilotlight/lifecycle';
import type { OutputLog } from './ports.ts';
import { pause } from './retry.ts';

/** Chunks on their way at once; what waits is bounded by the output limit of a run. */
const window = 64;

export interface PublisherOptions {
  readonly target: OutputLog;
  readonly clock: Clock;
  /** Ends the retries. */
  readonly signal: AbortSignal;
}

export class OutputPublisher {
  readonly #options: PublisherOptions;
  readonly #backoff = backoff({ minMs: 50, maxMs: 1_000 });
  /** Not acknowledged yet, in order; the first `#sent` of them are on their way. */
  #unacknowledged: OutputChunk[] = [];
  #sent = 0;
  #failure: PlatformError | undefined;
  #recovering = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  publish(chunk: OutputChunk): void {
    this.#unacknowledged.push(chunk);
    this.#send();
  }

  /** Resolves when everything is on disk. Rejects when that will not happen. */
  flushed(): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>();
    this.#settle();
    return this.#waiting.promise;
  }

  #send(): void {
    while (this.#failure === undefined && this.#sent < window) {
      const chunk = this.#unacknowledged[this.#sent];
      if (chunk === undefined) return;
      this.#sent += 1;
      void this.#append(chunk);
    }
  }

  async #append(chunk: OutputChunk): Promise<void> {
    try {
      await this.#options.target.append(chunk);
      this.#unacknowledged = this.#unacknowledged.filter((other) => other !== chunk);
      this.#backoff.reset();
    } catch (thrown) {
      // Nothing more is sent until all that is under way has settled, so that order is kept.
      this.#failure ??= PlatformError.from(thrown);
    }
    this.#sent -= 1;
    if (this.#failure === undefined) this.#send();
    else if (this.#sent === 0) await this.#recover(this.#failure);
    this.#settle();
  }

  async #recover(failure: PlatformError): Promise<void> {
    const { clock, signal } = this.#options;
    if (failure.retry.kind === 'never' || signal.aborted) return;
    this.#recovering = true;
    await pause(clock, this.#backoff.next(), signal);
    this.#recovering = false;
    this.#failure = undefined;
    this.#send();
  }

  #settle(): void {
    if (this.#unacknowledged.length === 0) this.#waiting?.resolve();
    else if (this.#failure !== undefined && this.#sent === 0 && !this.#recovering) {
      this.#waiting?.reject(this.#failure);
    }
  }
}
