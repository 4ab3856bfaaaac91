// Ranges of user ids on the host, one for each living sandbox, so that not even a program that left
// its namespaces could touch another sandbox's processes or files.
import { createHash } from 'node:crypto';
import { idsPerSandbox } from './bundle.ts';

/** Above all that distributions and container engines hand out by themselves. */
const firstId = 2 ** 30;
const ranges = Math.floor((2 ** 32 - 2 - firstId) / idsPerSandbox);

/** Hands out ranges that are not in use. `seed` spreads the drivers of one host over the space. */
export class IdRanges {
  readonly #used = new Set<number>();
  #next: number;

  constructor(seed: string) {
    this.#next = createHash('sha256').update(seed).digest().readUInt32LE(0) % ranges;
  }

  /** The first id of a free range. */
  take(): number {
    while (this.#used.has(this.#next)) this.#next = (this.#next + 1) % ranges;
    const index = this.#next;
    this.#next = (index + 1) % ranges;
    this.#used.add(index);
    return firstId + index * idsPerSandbox;
  }

  /** Gives a range back. Idempotent. */
  release(id: number): void {
    this.#used.delete((id - firstId) / idsPerSandbox);
  }
}
