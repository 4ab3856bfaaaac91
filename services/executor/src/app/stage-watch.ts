// Waits for the end of a compile stage while its output is read.
import type { OutputStreamName } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import { type StagePiece, StageSplitter } from '../domain/stage-splitter.ts';

/**
 * How long the marker of the other stream may stay away. The runner writes both at once; what it waits
 * for in between is a turn on a throttled core, and the kernel's throttling period is 100 ms too.
 */
export const otherMarkerMs = 100;

export class StageWatch {
  /**
   * Resolves with the compiler's exit code once both markers are there, or the other one is given up.
   * Stays pending where the program ends before any marker.
   */
  readonly compiled: Promise<number>;
  readonly #clock: Clock;
  readonly #splitter: StageSplitter;
  readonly #compiled = Promise.withResolvers<number>();
  #cancelWait: Cancel | undefined;

  constructor(clock: Clock, nonce: string) {
    this.#clock = clock;
    this.#splitter = new StageSplitter(nonce);
    this.compiled = this.#compiled.promise;
  }

  take(stream: OutputStreamName, bytes: Uint8Array): StagePiece[] {
    const pieces = this.#splitter.take(stream, bytes);
    this.#look();
    return pieces;
  }

  /** The stream has ended; what was held back of it. */
  end(stream: OutputStreamName): StagePiece[] {
    const pieces = this.#splitter.end(stream);
    this.#look();
    return pieces;
  }

  #look(): void {
    const { code, isOver } = this.#splitter;
    if (code === undefined) return;
    if (isOver) {
      this.#cancelWait?.();
      this.#compiled.resolve(code);
    } else this.#cancelWait ??= this.#clock.after(otherMarkerMs, () => this.#giveUp(code));
  }

  /** A late timer may have the marker waiting behind it: one turn of the event loop lets it come. */
  #giveUp(code: number): void {
    setImmediate(() => {
      this.#splitter.goOn();
      this.#compiled.resolve(code);
    });
  }
}
