// Publishes sandbox events behind everybody's back: nobody waits for it, it keeps a bounded number
// while the bus is away, and it says when it had to drop some.
import { PlatformError, type SandboxEvent, type SandboxEventType } from '@pilotlight/contracts';
import { backoff, type Clock } from '@pilotlight/lifecycle';
import type { EventLog, EventSink, Log } from './ports.ts';

interface Pending {
  readonly type: SandboxEventType;
  readonly event: SandboxEvent;
}

export interface OutboxOptions {
  readonly target: EventLog;
  readonly clock: Clock;
  readonly log: Log;
  /** Events kept while they cannot be published; the oldest are dropped past it. */
  readonly capacity?: number;
}

/** Events wait so long for others; what caused them has been answered by then. */
const gatherMs = 5;
/** At most so many publications wait for their acknowledgement at once. */
const window = 32;

export class EventOutbox implements EventSink {
  readonly #options: OutboxOptions;
  readonly #capacity: number;
  readonly #backoff = backoff({ minMs: 50, maxMs: 2_000 });
  #pending: Pending[] = [];
  #dropped = 0;
  #working: Promise<void> | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#capacity = options.capacity ?? 10_000;
  }

  /** Events that were dropped for want of room, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  emit(type: SandboxEventType, event: SandboxEvent): void {
    this.#pending.push({ type, event });
    if (this.#pending.length > this.#capacity) {
      this.#pending.shift();
      if (this.#dropped === 0) this.#options.log.warn({}, 'sandbox events are being dropped');
      this.#dropped += 1;
    }
    this.#working ??= this.#work();
  }

  /** Publishes at once; resolves when all that was emitted is stored, not before the bus is back. */
  async flushed(): Promise<void> {
    this.#wake?.();
    while (this.#working !== undefined) await this.#working;
  }

  /** Waits for the rest to go out for at most `graceMs`, then gives up and says how many were left. */
  async close(graceMs: number): Promise<void> {
    const cancel = this.#options.clock.after(graceMs, () => {
      this.#closed = true;
      this.#wake?.();
    });
    await this.flushed();
    cancel();
    const lost = this.#pending.length;
    if (lost > 0) this.#options.log.warn({ lost }, 'sandbox events were not published');
  }

  async #work(): Promise<void> {
    await this.#pause(gatherMs);
    while (this.#pending.length > 0 && !this.#closed) {
      const batch = this.#pending.splice(0, window);
      const failed = await this.#publish(batch);
      this.#pending = [...failed, ...this.#pending];
      if (failed.length === 0) this.#backoff.reset();
      else await this.#pause(this.#backoff.next());
    }
    this.#working = undefined;
  }

  /** What is to be tried again. An event that can never be stored is put aside, with a log line. */
  async #publish(batch: readonly Pending[]): Promise<Pending[]> {
    const { target, log } = this.#options;
    const again: Pending[] = [];
    const publish = async (pending: Pending) => {
      try {
        await target.append(pending.event, pending.type);
      } catch (thrown) {
        const err = PlatformError.from(thrown);
        if (err.retry.kind === 'after') again.push(pending);
        else log.error({ event: pending.event.eventId, err }, 'a sandbox event cannot be stored');
      }
    };
    await Promise.all(batch.map(publish));
    return again;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
