// Cuts a program's output into numbered chunks: the first of a stage at once, so that a reader sees
// life, as is the first after input was sent; later ones gathered a little, so that a chatty program
// does not become a message per line.
import type { OutputStreamName, Stage } from '@pilotlight/contracts';

/** Where bytes came from. */
export interface OutputSource {
  readonly stage: Stage;
  readonly stream: OutputStreamName;
}

export interface Chunk extends OutputSource {
  /** From 1, without gaps over both stages. */
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** Longest that a byte waits, and largest chunk (DESIGN section 2). */
export const gatherMs = 10;
export const maxChunkBytes = 32 * 1024;

interface Segment extends OutputSource {
  readonly parts: Uint8Array[];
}

/** Keeps the order in which bytes arrived, over both streams and stages. Takes the time as a number. */
export class Coalescer {
  #sequence = 0;
  readonly #begun = new Set<Stage>();
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
  offer({ stage, stream }: OutputSource, bytes: Uint8Array, nowMs: number): Chunk[] {
    if (bytes.length === 0) return [];
    const isFirst = !this.#begun.has(stage);
    this.#begun.add(stage);
    const last = this.#segments.at(-1);
    if (last?.stream === stream && last.stage === stage) last.parts.push(bytes);
    else this.#segments.push({ stage, stream, parts: [bytes] });
    this.#gatheredBytes += bytes.length;
    this.#dueAtMs ??= nowMs + gatherMs;
    const isDue = this.#gatheredBytes >= maxChunkBytes || nowMs >= this.#dueAtMs;
    return isFirst || isDue ? this.flush() : [];
  }

  /** The next bytes of a stage are to go out at once, as its first: somebody waits for an answer. */
  expectAnswer(stage: Stage): void {
    this.#begun.delete(stage);
  }

  /** Everything that waits. */
  flush(): Chunk[] {
    const segments = this.#segments;
    this.#segments = [];
    this.#gatheredBytes = 0;
    this.#dueAtMs = undefined;
    return segments.flatMap(({ stage, stream, parts }) =>
      split(parts).map((data) => {
        this.#sequence += 1;
        return { sequence: this.#sequence, stage, stream, data };
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
