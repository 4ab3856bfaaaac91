// Cuts a program's output into numbered chunks: the first at once, so that a reader sees life;
// later ones gathered a little, so that a chatty program does not become a message per line.
import type { OutputStreamName } from '@pilotlight/contracts';

export interface Chunk {
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly stream: OutputStreamName;
  readonly data: Uint8Array;
}

/** Longest that a byte waits, and largest chunk (DESIGN section 2). */
export const gatherMs = 10;
export const maxChunkBytes = 32 * 1024;

interface Segment {
  readonly stream: OutputStreamName;
  readonly parts: Uint8Array[];
}

/** Keeps the order in which bytes arrived, over both streams. Takes the time as a number. */
export class Coalescer {
  #sequence = 0;
  #segments: Segment[] = [];
  #gatheredBytes = 0;
  #dueAtMs: number | undefined;

  /** Sequence number of the last chunk cut; 0 before the first. */
  get lastSequence(): number {
    return this.#sequence;
  }

  /** When to call `flush`; undefined while nothing waits. */
  get dueAtMs(): number | undefined {
    return this.#dueAtMs;
  }

  /** Takes bytes in and returns the chunks that are to go out now. */
  offer(stream: OutputStreamName, bytes: Uint8Array, nowMs: number): Chunk[] {
    if (bytes.length === 0) return [];
    const last = this.#segments.at(-1);
    if (last?.stream === stream) last.parts.push(bytes);
    else this.#segments.push({ stream, parts: [bytes] });
    this.#gatheredBytes += bytes.length;
    this.#dueAtMs ??= nowMs + gatherMs;
    const isDue = this.#gatheredBytes >= maxChunkBytes || nowMs >= this.#dueAtMs;
    return this.#sequence === 0 || isDue ? this.flush() : [];
  }

  /** Everything that waits. */
  flush(): Chunk[] {
    const segments = this.#segments;
    this.#segments = [];
    this.#gatheredBytes = 0;
    this.#dueAtMs = undefined;
    return segments.flatMap(({ stream, parts }) =>
      split(parts).map((data) => {
        this.#sequence += 1;
        return { sequence: this.#sequence, stream, data };
      }),
    );
  }
}

function split(parts: readonly Uint8Array[]): Uint8Array[] {
  const only = parts[0];
  const all = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  const count = Math.ceil(all.length / maxChunkBytes);
  return Array.from({ length: count }, (_, index) =>
    all.subarray(index * maxChunkBytes, (index + 1) * maxChunkBytes),
  );
}
