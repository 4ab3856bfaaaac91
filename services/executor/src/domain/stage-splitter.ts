// Tells the output of a compile stage from that of the program that follows it, by the marker that
// the runner writes on each stream (see job.ts of sandbox-runtime). A marker is a label and no proof:
// compiled code can read the nonce and write one early. Then it has only mislabelled its own output and
// given up the compile stage's limits, because whoever splits enforces the limits of each stage anyway.
import type { OutputStreamName, Stage } from '@pilotlight/contracts';

/** Bytes of one stage and stream; no byte of a marker is in them. */
export interface StagePiece {
  readonly stage: Stage;
  readonly stream: OutputStreamName;
  readonly data: Uint8Array;
}

/** Splits both streams of one staged job. Deterministic: bytes in, bytes out. */
export class StageSplitter {
  readonly #streams: Readonly<Record<OutputStreamName, MarkedStream>>;
  #code: number | undefined;

  constructor(nonce: string) {
    this.#streams = { stdout: new MarkedStream(nonce), stderr: new MarkedStream(nonce) };
  }

  /** Exit code of the compiler as the first marker on either stream has it; undefined before. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Whether nothing more of the compile stage can come. */
  get isOver(): boolean {
    return Object.values(this.#streams).every((stream) => stream.isOver);
  }

  /** What can be told of these bytes and of those that were held back before. */
  take(stream: OutputStreamName, bytes: Uint8Array): StagePiece[] {
    const { pieces, code } = this.#streams[stream].take(bytes);
    this.#code ??= code;
    return pieces.map((piece) => ({ stream, ...piece }));
  }

  /** The stream has ended: what was held back was no marker. */
  end(stream: OutputStreamName): StagePiece[] {
    return this.#streams[stream].end().map((piece) => ({ stream, ...piece }));
  }

  /**
   * The program goes on: a stream whose marker has not come is the program's from here on. A marker
   * that is only late is still taken out.
   */
  goOn(): void {
    for (const stream of Object.values(this.#streams)) stream.stage = 'run';
  }
}

type Part = Omit<StagePiece, 'stream'>;
const maxCodeDigits = 3;
const [space, newline, zero, nine] = [0x20, 0x0a, 0x30, 0x39];

/** One stream, until its marker and after it. Holds back at most the bytes of one marker. */
class MarkedStream {
  stage: Stage = 'compile';
  readonly #opening: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #isMarked = false;
  #hasEnded = false;

  constructor(nonce: string) {
    this.#opening = Buffer.from(`\0${nonce}`, 'latin1');
  }

  get isOver(): boolean {
    return this.#isMarked || this.#hasEnded;
  }

  take(bytes: Uint8Array): { readonly pieces: Part[]; readonly code?: number } {
    if (this.#isMarked) return { pieces: this.#parts(bytes) };
    const all = this.#held.length === 0 ? viewOf(bytes) : Buffer.concat([this.#held, bytes]);
    for (let at = all.indexOf(0); at >= 0; at = all.indexOf(0, at + 1)) {
      const found = this.#markerAt(all, at);
      if (found === 'none') continue;
      this.#held = Buffer.alloc(0);
      const before = this.#parts(all.subarray(0, at));
      if (found === 'unfinished') {
        this.#held = Buffer.from(all.subarray(at));
        return { pieces: before };
      }
      this.#isMarked = true;
      this.stage = 'run';
      return { pieces: [...before, ...this.#parts(all.subarray(found.end))], code: found.code };
    }
    this.#held = Buffer.alloc(0);
    return { pieces: this.#parts(all) };
  }

  end(): Part[] {
    this.#hasEnded = true;
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return this.#parts(held);
  }

  #parts(data: Uint8Array): Part[] {
    return data.length === 0 ? [] : [{ stage: this.stage, data }];
  }

  /** NUL, nonce, a space, one to three digits up to 255, a newline. */
  #markerAt(all: Buffer, at: number): 'none' | 'unfinished' | { code: number; end: number } {
    const opening = this.#opening;
    const there = Math.min(opening.length, all.length - at);
    if (opening.compare(all, at, at + there, 0, there) !== 0) return 'none';
    let end = at + opening.length;
    if (end >= all.length) return 'unfinished';
    if (all[end] !== space) return 'none';
    end += 1;
    const digitsFrom = end;
    while (isDigit(all[end])) end += 1;
    const digits = end - digitsFrom;
    if (digits > maxCodeDigits) return 'none';
    if (end >= all.length) return 'unfinished';
    const code = Number(all.toString('latin1', digitsFrom, end));
    if (all[end] !== newline || digits === 0 || code > 255) return 'none';
    return { code, end: end + 1 };
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}
