// The rhythm of a loop that works on change and every so often, but not for each change alone.
import type { Clock } from '@pilotlight/lifecycle';

export interface TurnsOptions {
  readonly clock: Clock;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** The longest between two turns without a change. */
  readonly everyMs: number;
  /** After a change, so long for others to come with it. */
  readonly coalesceMs: number;
}

/** One loop at a time waits on `next`; anybody may `poke`. */
export class Turns {
  readonly #options: TurnsOptions;
  #isPoked = false;
  #onPoke: (() => void) | undefined;
  #onEnd: (() => void) | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#onEnd?.(), { once: true });
  }

  /** There is a reason for another turn. Remembered while the loop is at work. */
  poke(): void {
    this.#isPoked = true;
    this.#onPoke?.();
  }

  async next(): Promise<void> {
    const { everyMs, coalesceMs } = this.#options;
    if (!this.#isPoked) await this.#sleep(everyMs, true);
    if (this.#isPoked) await this.#sleep(coalesceMs, false);
    this.#isPoked = false;
  }

  async #sleep(ms: number, untilPoked: boolean): Promise<void> {
    if (this.#options.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEnd = resolve;
    this.#onPoke = untilPoked ? resolve : undefined;
    const cancel = this.#options.clock.after(ms, resolve);
    await promise;
    cancel();
    this.#onPoke = undefined;
  }
}
