// Progress for people: one line that changes on a terminal. Elsewhere only the lines that stay.

export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const clearLine = '\r\u001b[2K';

export class StatusLine {
  readonly #sink: TextSink;
  #shown = '';

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  /** Shows what is going on, on a terminal. */
  update(text: string): void {
    if (text === this.#shown || this.#sink.isTTY !== true) return;
    this.#shown = text;
    this.#sink.write(`${clearLine}${text}`);
  }

  /** A line that stays, above the one that changes. */
  print(text: string): void {
    if (this.#sink.isTTY !== true) {
      this.#sink.write(`${text}\n`);
      return;
    }
    this.#sink.write(`${clearLine}${text}\n${this.#shown}`);
  }

  /** Ends the line that changes, leaving nothing of it. */
  clear(): void {
    if (this.#sink.isTTY === true && this.#shown !== '') this.#sink.write(clearLine);
    this.#shown = '';
  }
}
