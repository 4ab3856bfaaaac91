// How far one watcher has come.

import { outputFrame, restartedFrame, truncatedFrame } from '../domain/frames.ts';
import type { Decoded } from '../domain/output-decoder.ts';
import type { OutputLog } from './output-log.ts';

export class Cursor {
  /** The attempt that its numbers are of. */
  attempt = 1;
  /** First sequence number that it has not shown. */
  next: number;
  /** Place in the log; 0 is its first frame ever. */
  index = 0;

  /** `from`: first sequence number wanted; 0 and 1 are the start. Numbers of a later attempt begin anew. */
  constructor(from: number) {
    this.next = Math.max(1, from);
  }

  /** The frame for what was decoded beside the log; undefined for what was shown already. */
  show(item: Decoded): string | undefined {
    if (item.kind === 'began') return this.#begin(item.attempt);
    const frame = outputFrame(item);
    if (frame.to < this.next) return undefined;
    this.next = frame.to + 1;
    return frame.text;
  }

  /** The next frame of the log; undefined where it has shown them all. */
  advance(log: OutputLog): string | undefined {
    const restarted = this.#begin(log.attempt);
    if (restarted !== undefined) return restarted;
    if (this.next <= log.droppedTo) {
      const missed = truncatedFrame(this.next, log.droppedTo);
      this.next = log.droppedTo + 1;
      return missed.text;
    }
    this.index = Math.max(this.index, log.firstIndex);
    for (;;) {
      const frame = log.at(this.index);
      if (frame === undefined) return undefined;
      this.index += 1;
      if (frame.to < this.next) continue;
      this.next = frame.to + 1;
      return frame.text;
    }
  }

  #begin(attempt: number): string | undefined {
    if (attempt <= 0 || attempt === this.attempt) return undefined;
    this.attempt = attempt;
    this.next = 1;
    return restartedFrame(attempt);
  }
}
