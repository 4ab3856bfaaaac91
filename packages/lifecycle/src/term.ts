// One leader's time in office: renews its key, and ends by itself before the key can expire.
import { PlatformError } from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';
import type { Cancel, Clock } from './clock.ts';
import { decodeLeader, encodeLeader, type Leader, renewEveryMs, termMs } from './leader-record.ts';
import { pause } from './pause.ts';

/** Whether a failed call to the bus may simply be made again. */
export function isTransient(thrown: unknown): boolean {
  return thrown instanceof PlatformError && thrown.retry.kind === 'after';
}

/** What the winner of an election has: its key, as written at a revision, not before a time. */
export interface Mandate {
  readonly leaders: KeyValue;
  readonly service: string;
  readonly leader: Leader;
  readonly revision: number;
  /** Monotonic milliseconds, taken before the write was sent. */
  readonly sentAtMs: number;
}

export class Term {
  readonly #mandate: Mandate;
  readonly #clock: Clock;
  readonly #end = new AbortController();
  readonly #renewing: Promise<void>;
  #revision: number;
  #renewedAtMs: number;
  #broken: unknown;
  #cancelExpiry: Cancel = () => {};

  constructor(mandate: Mandate, clock: Clock) {
    this.#mandate = mandate;
    this.#clock = clock;
    this.#revision = mandate.revision;
    this.#renewedAtMs = mandate.sentAtMs;
    this.#armExpiry();
    this.#renewing = this.#keepRenewing();
  }

  get leader(): Leader {
    return this.#mandate.leader;
  }

  /** Aborts when this term is over, for whatever reason. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Asks the clock, so that it is right also in a process that has just been woken. */
  get holds(): boolean {
    return !this.#end.signal.aborted && this.#remainingMs() > 0;
  }

  /** Ends the term; the key is still there. Idempotent. */
  end(): void {
    this.#cancelExpiry();
    this.#end.abort();
  }

  /**
   * Ends the term and removes the key if it is still this term's, so that a successor need not
   * wait for it to expire. Rejects with what broke the renewing, if something did.
   */
  async release(): Promise<void> {
    this.end();
    await this.#renewing;
    if (this.#remainingMs() > 0) await this.#removeKey();
    if (this.#broken !== undefined) throw this.#broken;
  }

  #remainingMs(): number {
    return this.#renewedAtMs + termMs - this.#clock.monotonicMs();
  }

  #armExpiry(): void {
    this.#cancelExpiry();
    this.#cancelExpiry = this.#clock.after(this.#remainingMs(), () => this.end());
  }

  async #keepRenewing(): Promise<void> {
    try {
      for (;;) {
        await pause(this.#clock, renewEveryMs, this.signal);
        if (!this.holds || !(await this.#renew())) return;
        this.#armExpiry();
      }
    } catch (thrown) {
      this.#broken = thrown;
    } finally {
      this.end();
    }
  }

  /** False where the key is another's or gone. A call that failed decides nothing. */
  async #renew(): Promise<boolean> {
    const { leaders, service, leader } = this.#mandate;
    const sentAtMs = this.#clock.monotonicMs();
    try {
      const revision = await leaders.update(service, encodeLeader(leader), this.#revision);
      if (revision === undefined) return await this.#findOwnWrite();
      this.#revision = revision;
      this.#renewedAtMs = sentAtMs;
      return true;
    } catch (thrown) {
      if (isTransient(thrown)) return true;
      throw thrown;
    }
  }

  /** An earlier renewal whose answer was lost may have been stored: then the key is still ours. */
  async #findOwnWrite(): Promise<boolean> {
    const { leaders, service, leader } = this.#mandate;
    const entry = await leaders.get(service);
    if (entry === undefined || entry.revision === this.#revision) return false;
    const found = decodeLeader(entry.value);
    this.#revision = entry.revision;
    return found?.holder === leader.holder && found.epoch === leader.epoch;
  }

  /** Renews first: that fails if the key is another's by now, and nobody can take it just after. */
  async #removeKey(): Promise<void> {
    const { leaders, service, leader } = this.#mandate;
    try {
      const revision = await leaders.update(service, encodeLeader(leader), this.#revision);
      if (revision !== undefined) await leaders.remove(service);
    } catch (thrown) {
      // The key then expires by itself.
      if (!isTransient(thrown)) throw thrown;
    }
  }
}
