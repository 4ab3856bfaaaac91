// The last of what a program wrote, in a ring of fixed size however much that was.
import { stripVTControlCharacters } from 'node:util';

/** Remembered of an application's output. */
export const outputTailBytes = 64 * 1024;

export class OutputTail {
  readonly #capacity: number;
  #ring: Buffer | undefined;
  /** Bytes written in all. */
  #written = 0;

  constructor(capacity = outputTailBytes) {
    this.#capacity = capacity;
  }

  write(chunk: Uint8Array): void {
    this.#ring ??= Buffer.alloc(this.#capacity);
    const kept = chunk.subarray(Math.max(0, chunk.length - this.#capacity));
    const at = (this.#written + chunk.length - kept.length) % this.#capacity;
    const untilEnd = Math.min(kept.length, this.#capacity - at);
    this.#ring.set(kept.subarray(0, untilEnd), at);
    this.#ring.set(kept.subarray(untilEnd), 0);
    this.#written += chunk.length;
  }

  /** The last bytes as text, at most `maxBytes`; what is no UTF-8 is replaced. */
  text(maxBytes = this.#capacity): string {
    if (this.#ring === undefined) return '';
    const end = this.#written % this.#capacity;
    const inOrder =
      this.#written <= this.#capacity
        ? this.#ring.subarray(0, this.#written)
        : Buffer.concat([this.#ring.subarray(end), this.#ring.subarray(0, end)]);
    return inOrder.subarray(Math.max(0, inOrder.length - maxBytes)).toString('utf8');
  }
}

/** Text of a program as it may be shown to people: no terminal is told anything by it. */
export function printable(text: string): string {
  const plain = stripVTControlCharacters(text);
  return plain.replaceAll(/\p{Cc}/gu, (char) => ('\n\t'.includes(char) ? char : '')).trim();
}
