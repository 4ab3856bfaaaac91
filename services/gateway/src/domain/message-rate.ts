// How many messages one client may send: a bucket of tokens. Pure: the time is given.
const burst = 200;
const perSecond = 100;

export class MessageRate {
  #tokens = burst;
  #countedAtMs = 0;

  /** False where this one is too many. `nowMs` never goes back. */
  take(nowMs: number): boolean {
    const earned = ((nowMs - this.#countedAtMs) * perSecond) / 1_000;
    this.#tokens = Math.min(burst, this.#tokens + earned);
    this.#countedAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
