// The end of a long output, for people who want to know why something failed.

const keptLines = 20;
const keptChars = 8_192;

/** Keeps the last twenty lines of what is added, and no more than 8 KiB of them. */
export class LastLines {
  #text = '';

  add(text: string): void {
    this.#text = (this.#text + text).slice(-keptChars);
  }

  text(): string {
    return this.#text.trimEnd().split('\n').slice(-keptLines).join('\n').trim();
  }
}
