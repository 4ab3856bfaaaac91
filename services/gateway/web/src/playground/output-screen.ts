// Output on the page: text nodes only, put there in batches, and no more of them than a browser likes.
import type { TextStyle } from './ansi.ts';
import type { Piece } from './output-log.ts';

/** Characters on the screen at most; the download has the rest. */
const maxShownLength = 512 * 1024;
const maxShownPieces = 4_000;

/** Characters for each frame of the screen. */
const batchLength = 64 * 1024;

/** Lines are kept in blocks of about this size: a browser lays out a whole block at each change in it. */
const blockLength = 8 * 1024;
const blockPieces = 200;

/** A line so long is broken between blocks. */
const longestBlock = 8 * blockLength;

interface Block {
  readonly element: HTMLElement;
  length: number;
  pieces: number;
}

/** One area of output. Holds its elements; call `clear` to let go of them. */
export class OutputScreen {
  readonly #place: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #onDropped: (characters: number) => void;
  #waiting: Piece[] = [];
  #waitingLength = 0;
  #blocks: Block[] = [];
  #shownLength = 0;
  #shownPieces = 0;
  #dropped = 0;
  #isFollowed = true;
  #lastTop = 0;
  #frame: number | undefined;

  constructor(place: HTMLElement, onDropped: (characters: number) => void) {
    this.#place = place;
    this.#scroller = place.closest<HTMLElement>('[data-scroller]') ?? place;
    this.#onDropped = onDropped;
    this.#scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    // What appears below it when the program ends makes it smaller.
    new ResizeObserver(() => this.#keepAtEnd()).observe(this.#scroller);
  }

  append(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      this.#waiting.push(piece);
      this.#waitingLength += piece.text.length;
    }
    this.#dropWaiting();
    if (this.#waiting.length > 0) this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  clear(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#waiting = [];
    this.#waitingLength = 0;
    this.#blocks = [];
    this.#shownLength = 0;
    this.#shownPieces = 0;
    this.#dropped = 0;
    this.#isFollowed = true;
    this.#place.replaceChildren();
  }

  /** What would be pushed off the screen by what comes after it is never drawn. */
  #dropWaiting(): void {
    let from = 0;
    while (this.#waitingLength > maxShownLength || this.#waiting.length - from > maxShownPieces) {
      const length = this.#waiting[from]?.text.length ?? 0;
      this.#waitingLength -= length;
      this.#dropped += length;
      from += 1;
    }
    if (from > 0) this.#waiting.splice(0, from);
  }

  #draw(): void {
    this.#frame = undefined;
    let used = 0;
    let length = 0;
    for (const piece of this.#waiting) {
      if (length > batchLength) break;
      this.#put(piece);
      length += piece.text.length;
      used += 1;
    }
    this.#waiting.splice(0, used);
    this.#waitingLength -= length;
    this.#dropShown();
    this.#onDropped(this.#dropped);
    this.#keepAtEnd();
    if (this.#waiting.length > 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Who scrolls up wants to read; who comes back to the end wants to see what comes. */
  #onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    if (scrollHeight - scrollTop - clientHeight < 40) this.#isFollowed = true;
    else if (scrollTop < this.#lastTop) this.#isFollowed = false;
    this.#lastTop = scrollTop;
  }

  #keepAtEnd(): void {
    if (!this.#isFollowed) return;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#lastTop = this.#scroller.scrollTop;
  }

  /** A block ends at the end of a line. */
  #put(piece: Piece): void {
    const last = this.#blocks.at(-1);
    const isFull = last !== undefined && (last.length > blockLength || last.pieces > blockPieces);
    const end = isFull ? piece.text.indexOf('\n') + 1 : 0;
    if (last === undefined || last.length > longestBlock) this.#fill(this.#newBlock(), piece);
    else if (end === 0) this.#fill(last, piece);
    else {
      this.#fill(last, { ...piece, text: piece.text.slice(0, end) });
      const rest = { ...piece, text: piece.text.slice(end) };
      const next = this.#newBlock();
      if (rest.text !== '') this.#fill(next, rest);
    }
  }

  #newBlock(): Block {
    const element = document.createElement('div');
    const block = { element, length: 0, pieces: 0 };
    this.#blocks.push(block);
    this.#place.append(element);
    return block;
  }

  #fill(block: Block, piece: Piece): void {
    block.element.append(elementOf(piece));
    block.length += piece.text.length;
    block.pieces += 1;
    this.#shownLength += piece.text.length;
    this.#shownPieces += 1;
  }

  #dropShown(): void {
    while (this.#shownLength > maxShownLength || this.#shownPieces > maxShownPieces) {
      const first = this.#blocks.shift();
      if (first === undefined) break;
      this.#shownLength -= first.length;
      this.#shownPieces -= first.pieces;
      this.#dropped += first.length;
      first.element.remove();
    }
  }
}

function elementOf({ kind, text, style }: Piece): HTMLElement {
  const span = document.createElement('span');
  span.className = kind;
  span.textContent = text;
  if (kind === 'stdout' || kind === 'stderr') dress(span, style);
  return span;
}

/** By the style object, which the content security policy leaves alone. */
function dress(element: HTMLElement, style: TextStyle): void {
  const { classList } = element;
  if (style.isBold) classList.add('bold');
  if (style.isDim) classList.add('dim');
  if (style.isItalic) classList.add('italic');
  if (style.isUnderlined) classList.add('underlined');
  if (typeof style.color === 'number') classList.add(`ansi-${style.color}`);
  if (typeof style.color === 'string') element.style.color = style.color;
  if (typeof style.background === 'number') classList.add(`ansi-on-${style.background}`);
  if (typeof style.background === 'string') element.style.backgroundColor = style.background;
}
