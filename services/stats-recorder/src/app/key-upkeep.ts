// Keeps the rows of keys and their mirror alike, and the time of their last use in the rows.
import { PlatformError } from '@pilotlight/contracts';
import { backoff, type Clock, pause } from '@pilotlight/lifecycle';
import { reconcileKeys } from '../domain/reconcile-keys.ts';
import type { KeyMirrorWriter, KeyStore, KeyUseReports } from './key-ports.ts';
import type { Outages } from './outages.ts';
import type { OutageLog } from './ports.ts';

const everyMs = 60_000;
/** After a failure: soon, because a revoked key may wait for its row. */
const retry = { minMs: 250, maxMs: 5_000 };

export interface KeyUpkeepOptions {
  readonly store: KeyStore;
  readonly mirror: KeyMirrorWriter;
  readonly uses: KeyUseReports;
  readonly outages: Pick<Outages, 'onChange'>;
  readonly clock: Clock;
  readonly logger: OutageLog;
}

/** One round at the start, at every change of the database's health, when asked for, and every minute. */
export class KeyUpkeep {
  readonly #options: KeyUpkeepOptions;
  /** As they were last written: most are the same a minute later. */
  #usesWritten: ReadonlyMap<string, Date> = new Map();
  #wake = new AbortController();
  #hasWarned = false;

  constructor(options: KeyUpkeepOptions) {
    this.#options = options;
  }

  /** Has the next round begin now. */
  hurry(): void {
    this.#wake.abort();
  }

  /** Until it is told to end; a round that fails is tried again. Never rejects. */
  async run(ended: AbortSignal): Promise<void> {
    const { clock, outages } = this.#options;
    const stopListening = outages.onChange(() => this.hurry());
    const delay = backoff(retry);
    while (!ended.aborted) {
      this.#wake = new AbortController();
      let waitMs = everyMs;
      try {
        await this.round();
        delay.reset();
      } catch (thrown) {
        this.#tell(PlatformError.from(thrown));
        waitMs = delay.next();
      }
      await pause(clock, waitMs, AbortSignal.any([ended, this.#wake.signal]));
    }
    stopListening();
  }

  /** Rejects while the database or the bus is away; what was done by then stays. */
  async round(): Promise<void> {
    await this.#reconcile();
    await this.#writeUses();
  }

  /** Others tell that the database or the bus is away; of anything else, once. */
  #tell(error: PlatformError): void {
    if (error.code === 'unavailable' || this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.logger.warn({ err: error }, 'keys and their mirror could not be compared');
  }

  async #reconcile(): Promise<void> {
    const { store, mirror, logger } = this.#options;
    const mirrored = await mirror.all();
    const { revoked, revokedRows, put, withoutRow } = reconcileKeys(mirrored, await store.rows());
    for (const [hash, key] of revoked) await mirror.revoke(hash, key);
    if (revokedRows.length > 0) await store.revoke(revokedRows);
    for (const [hash, key] of put) await mirror.put(hash, key);
    if (withoutRow.size === 0) return;
    await store.adopt(withoutRow);
    logger.warn({ keys: withoutRow.size }, 'keys had no rows in the database, and have some again');
  }

  async #writeUses(): Promise<void> {
    const { store, uses } = this.#options;
    const reported = await uses.all();
    const isNew = ([id, at]: readonly [string, Date]) =>
      this.#usesWritten.get(id)?.getTime() !== at.getTime();
    const changed = new Map([...reported].filter(isNew));
    if (changed.size > 0) await store.noteUses(changed);
    this.#usesWritten = reported;
  }
}
