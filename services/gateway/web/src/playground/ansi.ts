// Terminal escapes in output: colours and weights are told, everything else is left out.

/** How a piece of text looks; an absent field is the default. */
export interface TextStyle {
  /** 0 to 15 by the page's palette, or `rgb(r g b)`. */
  readonly color?: number | string;
  readonly background?: number | string;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
  readonly isItalic?: boolean;
  readonly isUnderlined?: boolean;
}

export interface StyledText {
  readonly text: string;
  readonly style: TextStyle;
}

/** Longer than any sequence that means something; what goes on without an end is dropped. */
const maxSequenceLength = 4_096;

// CSI (ECMA-48 5.4), OSC and the other strings (8.3.89, ended by BEL or ST), and two-byte escapes.
const sequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are control characters.
  /\x1b(?:\[([0-?]*)[ -/]*([@-~])|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal does not print.
const unprintable = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** Reads one stream chunk by chunk; a sequence may be split between chunks. */
export class AnsiReader {
  #style: TextStyle = {};
  /** The beginning of a sequence, or a carriage return that may belong to a line feed. */
  #rest = '';

  read(chunk: string): StyledText[] {
    const text = this.#rest + chunk;
    const cut = cutOf(text);
    this.#rest = text.slice(cut);
    const pieces: StyledText[] = [];
    let from = 0;
    for (const match of text.slice(0, cut).matchAll(sequence)) {
      this.#push(pieces, text.slice(from, match.index));
      if (match[2] === 'm') this.#style = restyle(this.#style, match[1] ?? '');
      from = match.index + match[0].length;
    }
    this.#push(pieces, text.slice(from, cut));
    return pieces;
  }

  #push(pieces: StyledText[], raw: string): void {
    const text = raw.replaceAll(/\r\n?/g, '\n').replaceAll(unprintable, '');
    if (text !== '') pieces.push({ text, style: this.#style });
  }
}

/** Where the complete part ends. */
function cutOf(text: string): number {
  const last = text.lastIndexOf('\x1b');
  const isOpen = last >= 0 && !new RegExp(sequence.source).test(text.slice(last));
  if (isOpen) {
    // The escape of a string's terminator belongs to the string before it.
    const before = text.lastIndexOf('\x1b', last - 1);
    const opened = before >= 0 && isOpenString(text.slice(before, last)) ? before : last;
    if (text.length - opened <= maxSequenceLength) return opened;
  }
  return text.endsWith('\r') ? text.length - 1 : text.length;
}

function isOpenString(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: see above.
  return /^\x1b[\]PX^_][^\x07]*$/.test(text);
}

/** Applies one SGR sequence (ECMA-48 8.3.117). Colons separate as semicolons do. */
function restyle(style: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(/[;:]/).map((code) => Number(code) || 0);
  let next: { -readonly [Field in keyof TextStyle]: TextStyle[Field] } = { ...style };
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) next = {};
    else if (code === 1) next.isBold = true;
    else if (code === 2) next.isDim = true;
    else if (code === 3) next.isItalic = true;
    else if (code === 4) next.isUnderlined = true;
    else if (code === 22) next = without(next, 'isBold', 'isDim');
    else if (code === 23) next = without(next, 'isItalic');
    else if (code === 24) next = without(next, 'isUnderlined');
    else if (code === 39) next = without(next, 'color');
    else if (code === 49) next = without(next, 'background');
    else if (code === 38 || code === 48) {
      const { color, used } = extendedColor(codes.slice(at + 1));
      at += used;
      if (color !== undefined) next[code === 38 ? 'color' : 'background'] = color;
    } else if (code >= 30 && code <= 37) next.color = code - 30;
    else if (code >= 40 && code <= 47) next.background = code - 40;
    else if (code >= 90 && code <= 97) next.color = code - 82;
    else if (code >= 100 && code <= 107) next.background = code - 92;
  }
  return next;
}

function without<Field extends keyof TextStyle>(
  style: TextStyle,
  ...fields: readonly Field[]
): Omit<TextStyle, Field> {
  const rest = { ...style };
  for (const field of fields) delete rest[field];
  return rest;
}

/** `5;n` of xterm's 256, or `2;r;g;b`. */
function extendedColor(codes: readonly number[]): {
  readonly color?: number | string;
  readonly used: number;
} {
  const [kind, first = 0, second = 0, third = 0] = codes;
  if (kind === 2) return { color: rgb(first, second, third), used: 4 };
  if (kind !== 5) return { used: 1 };
  if (first < 16) return { color: first, used: 2 };
  if (first >= 232) {
    const level = 8 + (first - 232) * 10;
    return { color: rgb(level, level, level), used: 2 };
  }
  const cube = (index: number) => (index === 0 ? 0 : 55 + 40 * index);
  const at = first - 16;
  const color = rgb(cube(Math.floor(at / 36)), cube(Math.floor(at / 6) % 6), cube(at % 6));
  return { color, used: 2 };
}

function rgb(...parts: readonly number[]): string {
  return `rgb(${parts.map((part) => Math.min(255, part)).join(' ')})`;
}
