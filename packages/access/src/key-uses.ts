// When keys were last used, to the minute, in KV `key_uses`; stats-recorder puts it into their rows.
import type { Clock } from '@pilotlight/lifecycle';
import type { KeyValue } from '@pilotlight/messaging';

const minuteMs = 60_000;

/** Notes uses beside the calls: nothing waits for it, and a use that cannot be told is forgotten. */
export class KeyUses {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bucket: Pick<KeyValue, 'put'>;
  /** By key, the last minute that was told. Holds no more than there are keys. */
  readonly #told = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>, bucket: Pick<KeyValue, 'put'>) {
    this.#clock = clock;
    this.#bucket = bucket;
  }

  /** Tells of the first use in each minute. Never throws. */
  note(keyId: string): void {
    const minute = Math.floor(this.#clock.now().getTime() / minuteMs);
    if (this.#told.get(keyId) === minute) return;
    this.#told.set(keyId, minute);
    void this.#tell(keyId, new Date(minute * minuteMs).toISOString());
  }

  async #tell(keyId: string, at: string): Promise<void> {
    try {
      await this.#bucket.put(keyId, Buffer.from(at));
    } catch {
      // The next minute's use tells the same.
    }
  }
}
