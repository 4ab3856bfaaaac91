// What is watched of one execution, shared by all who watch it here: the newest frames of its output, its
// standing, and how it ended. Frames are made once; each watcher goes through them with a cursor.
import type { ExecutionResult, OutputChunk } from '@pilotlight/contracts';
import { attemptOf, type Frame, outputFrame, type Standing } from '../domain/frames.ts';
import { type Decoded, OutputDecoder } from '../domain/output-decoder.ts';

/** An object, a string and their place in an array. */
const frameOverheadBytes = 128;
/** Who joins a short execution late finds all of it here; of a longer one the start is read again. */
const keptForLaterBytes = 4 * 1024;

export interface LogBounds {
  /** Bytes of frames that are kept. */
  readonly maxBytes: number;
  /** Called with the bytes that came or went. */
  readonly onKept: (bytes: number) => void;
  /** Called once the result is known and output may be missing: to find its last place in the stream. */
  readonly askLastPlace: (log: OutputLog) => void;
}

/** How far a watcher has come. */
interface Reader {
  /** Of the frame that it takes next; 0 is the first frame ever. */
  readonly index: number;
  readonly attempt: number;
  /** First sequence number that it has not shown. */
  readonly next: number;
}

export class OutputLog {
  readonly executionId: string;
  readonly readers = new Set<Reader>();
  /** Changes when all output has to be read again: the result is of an earlier attempt than was shown. */
  generation = 0;
  readonly #bounds: LogBounds;
  /** Undefined until somebody has read what was there before; only then live chunks are taken. */
  #decoder: OutputDecoder | undefined;
  #frames: Frame[] = [];
  #firstIndex = 0;
  #droppedTo = 0;
  #bytes = 0;
  #place = 0;
  #newestPlace = 0;
  #lastPlace: number | undefined;
  #asksLastPlace = false;
  #standing: Standing | undefined;
  #result: ExecutionResult | undefined;
  #ended = false;
  #changed = Promise.withResolvers<void>();

  constructor(executionId: string, bounds: LogBounds) {
    this.executionId = executionId;
    this.#bounds = bounds;
  }

  /** Of the frames. */
  get attempt(): number {
    return this.#decoder?.attempt ?? 0;
  }

  /** Index of the first frame that is kept. */
  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** The last sequence number of the attempt that is not kept any more, or was never kept here. */
  get droppedTo(): number {
    return this.#droppedTo;
  }

  get standing(): Standing | undefined {
    return this.#standing;
  }

  get result(): ExecutionResult | undefined {
    return this.#result;
  }

  /** All output that there will be is in the frames. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves at the next change. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  at(index: number): Frame | undefined {
    return this.#frames[index - this.#firstIndex];
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  stand(standing: Standing): void {
    if (this.#result !== undefined) return;
    this.#standing = standing;
    this.wake();
  }

  /** A chunk as it was stored, in the order of the stream. */
  take(place: number, decode: () => OutputChunk): void {
    this.#newestPlace = Math.max(this.#newestPlace, place);
    if (this.#decoder === undefined || place <= this.#place || this.#ended) return;
    this.#place = place;
    this.#append(this.#decoder.take(decode()));
    this.#settle();
    this.wake();
  }

  finish(result: ExecutionResult): void {
    if (this.#result !== undefined) return;
    this.#result = result;
    this.#settle();
    this.wake();
  }

  /** No chunk of it is stored behind this place. */
  lastPlaceIs(place: number): void {
    this.#lastPlace = place;
    this.#settle();
    this.wake();
  }

  /** Whether a reader can go on with what is kept. */
  holds(reader: Reader): boolean {
    if (this.#decoder === undefined) return false;
    const isSame = this.attempt === 0 || this.attempt === reader.attempt;
    return (isSame ? reader.next : 1) > this.#droppedTo;
  }

  /** Nothing of it was stored up to `place`, as far as the stream said; false where something was since. */
  beginsEmpty(place: number): boolean {
    this.#newestPlace = Math.max(this.#newestPlace, place);
    if (this.#decoder !== undefined || this.#newestPlace > 0) return this.#decoder !== undefined;
    this.#attach(new OutputDecoder(), 0);
    return true;
  }

  /**
   * Whether somebody who has read so far beside the log can go on with it. The first one who has read
   * all of it gives the log the decoder to go on with.
   */
  joinedBy(decoder: OutputDecoder, place: number): boolean {
    if (this.#decoder !== undefined) {
      if (place >= this.#place) return true;
      return decoder.attempt === this.attempt && decoder.next > this.#droppedTo;
    }
    if (place < this.#newestPlace) return false;
    this.#attach(decoder, place);
    return true;
  }

  /** Lets go of frames that every reader has passed. */
  trimPassed(): void {
    let passed = Number.POSITIVE_INFINITY;
    for (const { index } of this.readers) passed = Math.min(passed, index);
    while (this.#firstIndex < passed && this.#frames.length > 0) this.dropOldest();
  }

  /** False where there is none. */
  dropOldest(): boolean {
    const frame = this.#frames.shift();
    if (frame === undefined) return false;
    this.#firstIndex += 1;
    this.#droppedTo = Math.max(this.#droppedTo, frame.to);
    this.#count(-sizeOf(frame));
    return true;
  }

  /** Nobody watches any more. */
  close(): void {
    this.#count(-this.#bytes);
    this.#frames = [];
  }

  #attach(decoder: OutputDecoder, place: number): void {
    this.#decoder = decoder;
    this.#place = place;
    this.#droppedTo = decoder.next - 1;
    this.#settle();
    this.wake();
  }

  #settle(): void {
    const [result, decoder] = [this.#result, this.#decoder];
    if (result === undefined || decoder === undefined || this.#ended) return;
    const attempt = attemptOf(result);
    if (attempt < decoder.attempt) {
      this.#rewind();
      return;
    }
    const last = result.lastOutputSequence;
    const isShown = last === 0 || (attempt === decoder.attempt && decoder.next > last);
    if (!isShown && (this.#lastPlace === undefined || this.#place < this.#lastPlace)) {
      if (!this.#asksLastPlace) this.#bounds.askLastPlace(this);
      this.#asksLastPlace = true;
      return;
    }
    this.#append(decoder.end(attempt, last));
    this.#ended = true;
  }

  #rewind(): void {
    this.generation += 1;
    this.#decoder = undefined;
    this.#forget();
  }

  #append(items: readonly Decoded[]): void {
    for (const item of items) {
      if (item.kind === 'began') {
        this.#forget();
        continue;
      }
      const frame = outputFrame(item);
      this.#frames.push(frame);
      this.#count(sizeOf(frame));
    }
    if (this.#bytes > keptForLaterBytes) this.trimPassed();
    while (this.#bytes > this.#bounds.maxBytes && this.dropOldest());
  }

  #forget(): void {
    this.#firstIndex += this.#frames.length;
    this.#frames = [];
    this.#droppedTo = 0;
    this.#count(-this.#bytes);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#bounds.onKept(bytes);
  }
}

function sizeOf({ text }: Frame): number {
  return text.length + frameOverheadBytes;
}
