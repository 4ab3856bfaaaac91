// Collects what a program writes while it is passed on, byte by byte as it came.
import type { CapturedOutput, OutputStreamName } from '@pilotlight/contracts';

/** Called with each piece of output as it arrives; pieces may end inside a character. */
export interface OutputListeners {
  readonly onStdout?: (piece: Uint8Array) => void;
  readonly onStderr?: (piece: Uint8Array) => void;
}

/** Both streams of one program. */
export class Captured {
  #pieces: Record<OutputStreamName, Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #listeners: OutputListeners;

  constructor(listeners: OutputListeners = {}) {
    this.#listeners = listeners;
  }

  add(stream: OutputStreamName, piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces[stream].push(piece);
    if (stream === 'stdout') this.#listeners.onStdout?.(piece);
    else this.#listeners.onStderr?.(piece);
  }

  /** Adds what rode in the result and was not streamed before it. */
  complete(stream: OutputStreamName, inResult: CapturedOutput | undefined): void {
    const seen = this.#pieces[stream].reduce((sum, piece) => sum + piece.length, 0);
    this.add(stream, (inResult?.data ?? new Uint8Array()).subarray(seen));
  }

  /** A new attempt began: what came before is void. */
  reset(): void {
    this.#pieces = { stdout: [], stderr: [] };
  }

  /** All of a stream as UTF-8; invalid bytes show as U+FFFD. Listeners get the exact bytes. */
  text(stream: OutputStreamName): string {
    return Buffer.concat(this.#pieces[stream]).toString('utf8');
  }
}
