// Alerts on their way to somebody who may be slow, broken or gone: kept in order, tried again, and
// never waited for.
import { type Alert, PlatformError } from '@pilotlight/contracts';
import { backoff, type Clock, pause } from '@pilotlight/lifecycle';
import type { AlertChannel } from './alert-channels.ts';

/** `retried` counts tries, the others alerts. */
export type DeliveryOutcome = 'delivered' | 'retried' | 'failed' | 'dropped';

export interface DeliveryOptions {
  readonly channel: string;
  readonly clock: Clock;
  readonly logger: { warn(fields: object, text: string): void };
  /** Rejects with a `PlatformError` whose `retry` says whether another try makes sense. */
  deliver(alert: Alert, signal: AbortSignal): Promise<void>;
  count(outcome: DeliveryOutcome): void;
}

/** How long one try may take. */
export const deliveryTimeoutMs = 5_000;
/** An alert is told again every five minutes, so what could not be told for half of one is given up. */
export const deliveryAttempts = 6;
const waits = { minMs: 1_000, maxMs: 16_000 };
/** With more than these the receiver has been gone for long: what is newest is worth most. */
export const deliveryCapacity = 100;

/** One channel's alerts, told one after another. */
export class DeliveryQueue implements AlertChannel {
  readonly #options: DeliveryOptions;
  readonly #ended = new AbortController();
  readonly #waiting: Alert[] = [];
  #isWorking = false;
  #work: Promise<void> = Promise.resolve();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  tell(alert: Alert): void {
    if (this.#ended.signal.aborted) return;
    this.#waiting.push(alert);
    if (this.#waiting.length > deliveryCapacity) {
      this.#waiting.shift();
      this.#options.count('dropped');
    }
    if (!this.#isWorking) this.#work = this.#deliverAll();
  }

  /** Gives up what is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#work;
  }

  async #deliverAll(): Promise<void> {
    this.#isWorking = true;
    while (!this.#ended.signal.aborted) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      await this.#deliver(next);
    }
    this.#isWorking = false;
  }

  /** Never rejects. */
  async #deliver(alert: Alert): Promise<void> {
    const { channel, clock, logger, count } = this.#options;
    const ended = this.#ended.signal;
    const wait = backoff(waits);
    for (let attempt = 1; !ended.aborted; attempt += 1) {
      try {
        await this.#try(alert);
        return count('delivered');
      } catch (thrown) {
        if (ended.aborted) return;
        const err = PlatformError.from(thrown);
        if (err.retry.kind === 'never' || attempt === deliveryAttempts) {
          const { name, state, severity } = alert;
          const about = { channel, alert: name, state, severity, attempt, problem: err.message };
          logger.warn(about, 'an alert could not be delivered');
          return count('failed');
        }
        count('retried');
        await pause(clock, wait.next(), ended);
      }
    }
  }

  /** Ends in time even where the channel does not heed its signal. */
  async #try(alert: Alert): Promise<void> {
    const given = new AbortController();
    const late = new PlatformError('deadline_exceeded', 'There was no answer in time.');
    const cancel = this.#options.clock.after(deliveryTimeoutMs, () => given.abort(late));
    const signal = AbortSignal.any([given.signal, this.#ended.signal]);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
    try {
      await Promise.race([this.#options.deliver(alert, signal), aborted.promise]);
    } finally {
      cancel();
    }
  }
}
