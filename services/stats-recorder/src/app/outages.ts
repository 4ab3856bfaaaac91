// Whether the database is there, as those who use it found it, told once at each change.
import type { Clock } from '@pilotlight/lifecycle';
import { outageReason } from '../domain/outage-reason.ts';
import type { OutageLog } from './ports.ts';

/** The value of KV `health`. */
export interface Health {
  readonly ok: boolean;
  readonly since: Date;
  /** Empty where all is well. Holds no secrets. */
  readonly reason: string;
}

/**
 * One outage lasts from the first failure of anybody until all who failed have succeeded: one who
 * waits for a lock is not well because another could read.
 */
export class Outages {
  readonly #logger: OutageLog;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #failing = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #health: Health;

  constructor(logger: OutageLog, clock: Pick<Clock, 'now'>) {
    this.#logger = logger;
    this.#clock = clock;
    this.#health = { ok: false, since: clock.now(), reason: 'it was not asked yet' };
  }

  get health(): Health {
    return this.#health;
  }

  /** Calls back after each change of `health`, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  failed(who: string, thrown: unknown): void {
    const isFirst = this.#failing.size === 0;
    this.#failing.add(who);
    if (!isFirst) return;
    const text = 'no database: records wait in JetStream until there is one';
    this.#logger.warn({ err: thrown }, text);
    this.#change({ ok: false, reason: outageReason(thrown) });
  }

  succeeded(who: string): void {
    const hadFailed = this.#failing.delete(who);
    if (this.#failing.size > 0 || this.#health.ok) return;
    if (hadFailed) this.#logger.info('the database is back: catching up');
    this.#change({ ok: true, reason: '' });
  }

  #change(to: Omit<Health, 'since'>): void {
    this.#health = { ...to, since: this.#clock.now() };
    for (const listener of this.#listeners) listener();
  }
}
