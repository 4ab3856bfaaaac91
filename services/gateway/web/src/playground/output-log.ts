// What a program wrote, as it came: for the screen, and whole for the download.
import { AnsiReader, type TextStyle } from './ansi.ts';
import { bytesFromBase64 } from './base64.ts';
import type { OutputFrame } from './wire.ts';

/** `echo` is what was typed, `note` the page's own words. */
export type PieceKind = 'stdout' | 'stderr' | 'binary' | 'echo' | 'note';

export interface Piece {
  readonly kind: PieceKind;
  readonly stage: 'compile' | 'run';
  readonly text: string;
  readonly style: TextStyle;
}

/** Of one piece on the screen; a longer one is told in several. */
export const maxPieceLength = 8 * 1024;

/** Bytes of a binary output that are shown. */
const maxShownBytes = 512;

/** Output of one run. */
export class OutputLog {
  readonly #readers = new Map<string, AnsiReader>();
  readonly #parts: (string | Uint8Array<ArrayBuffer>)[] = [];

  /** Every byte of it, both streams, in the order in which they came. */
  get parts(): readonly (string | Uint8Array<ArrayBuffer>)[] {
    return this.#parts;
  }

  /** What of it goes on the screen. */
  add({ stream, stage, data, encoding }: OutputFrame): Piece[] {
    const reader = this.#readerOf(stream, stage);
    const shown = (raw: string): Piece[] =>
      reader
        .read(raw)
        .flatMap(({ text, style }) =>
          inParts(text).map((part) => ({ kind: stream, stage, text: part, style })),
        );
    if (encoding !== 'base64') {
      this.#parts.push(data);
      return shown(data);
    }
    const bytes = bytesFromBase64(data);
    this.#parts.push(bytes);
    const { text, rest } = leadingText(bytes);
    const binary: Piece = { kind: 'binary', stage, text: hexOf(rest), style: {} };
    return [...(text === '' ? [] : shown(text)), binary];
  }

  #readerOf(stream: string, stage: string): AnsiReader {
    const name = `${stage}.${stream}`;
    const reader = this.#readers.get(name) ?? new AnsiReader();
    this.#readers.set(name, reader);
    return reader;
  }
}

/** Cut between characters, never inside a surrogate pair. */
function inParts(text: string): string[] {
  if (text.length <= maxPieceLength) return [text];
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    const code = text.charCodeAt(from + maxPieceLength - 1);
    const to = from + maxPieceLength - (code >= 0xd800 && code < 0xdc00 ? 1 : 0);
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

/** The whole lines before the first one that is no UTF-8. */
function leadingText(bytes: Uint8Array): { readonly text: string; readonly rest: Uint8Array } {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let from = 0;
  try {
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      text += decoder.decode(bytes.subarray(from, end + 1));
      from = end + 1;
    }
  } catch {
    // This line is where the binary begins.
  }
  return { text, rest: bytes.subarray(from) };
}

function hexOf(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, maxShownBytes), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const rest = bytes.length - shown.length;
  const more = rest > 0 ? ` … and ${rest} more` : '';
  return `[binary, ${bytes.length} bytes: ${shown.join(' ')}${more}]\n`;
}
