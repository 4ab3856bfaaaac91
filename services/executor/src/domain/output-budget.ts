// How much of a program's output is kept: one cap over both streams and stages, and the first part of
// each that rides in the result.
import type { CapturedOutput } from '@pilotlight/contracts';
import type { OutputSource } from './coalescer.ts';

export interface OutputCaps {
  /** Both streams of both stages together; a program that writes more is killed. */
  readonly totalBytes: number;
  /** Of each stream of each stage, in the result itself. */
  readonly inlineBytes: number;
}

export interface Accepted {
  /** What is within the cap: a prefix of what was offered, so no byte within it is lost. */
  readonly kept: Uint8Array;
  /** True once more was offered than the cap allows; stays so. */
  readonly exceeded: boolean;
}

/** Counts the output of one attempt. Deterministic: bytes in, bytes out. */
export class OutputBudget {
  readonly #caps: OutputCaps;
  #kept = 0;
  #exceeded = false;
  readonly #stages = {
    compile: { stdout: new Inline(), stderr: new Inline() },
    run: { stdout: new Inline(), stderr: new Inline() },
  };

  constructor(caps: OutputCaps) {
    this.#caps = caps;
  }

  accept({ stage, stream }: OutputSource, bytes: Uint8Array): Accepted {
    const room = this.#caps.totalBytes - this.#kept;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.#kept += kept.length;
    this.#exceeded ||= kept.length < bytes.length;
    this.#stages[stage][stream].add(kept, bytes.length, this.#caps.inlineBytes);
    return { kept, exceeded: this.#exceeded };
  }

  captured({ stage, stream }: OutputSource): CapturedOutput {
    return this.#stages[stage][stream].captured();
  }
}

class Inline {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  #totalBytes = 0;

  add(kept: Uint8Array, offeredBytes: number, maxBytes: number): void {
    const part = kept.subarray(0, maxBytes - this.#bytes);
    if (part.length > 0) this.#parts.push(part);
    this.#bytes += part.length;
    this.#totalBytes += offeredBytes;
  }

  captured(): CapturedOutput {
    return {
      data: Buffer.concat(this.#parts),
      totalBytes: this.#totalBytes,
      truncated: this.#totalBytes > this.#bytes,
    };
  }
}
