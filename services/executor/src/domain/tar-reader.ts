// Takes a tar archive apart as it comes, in bounded memory: entries and pieces of their content in,
// order as they are in the archive. What it means is decided by whoever reads them.
import { tarBlockBytes } from '@pilotlight/contracts';
import {
  badArchive,
  checkGlobalPax,
  readBlock,
  readLongName,
  readPax,
  refuseCompressed,
  type TarBlock,
} from './tar-header.ts';

/** One entry, with what the headers before it say applied. */
export interface TarEntry {
  /** As in the archive: any bytes. */
  readonly name: Uint8Array;
  readonly typeflag: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly modifiedAt: Date;
}

export type TarEvent =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  /** Of the entry before it; together as many bytes as it said. */
  | { readonly kind: 'content'; readonly bytes: Uint8Array };

/** A header of headers larger than this is an attack, or no archive. */
const maxExtensionBytes = 64 * 1024;
const extensions = ['x', 'g', 'L', 'K'];

/** One archive. Every method throws `invalid_argument` for what is none. */
export class TarReader {
  #held = Buffer.alloc(0);
  /** Content still to come, then the zeros up to the next block. */
  #contentLeft = 0;
  #paddingLeft = 0;
  /** A header of the entry that follows, being collected. */
  #extension: { readonly typeflag: string; readonly pieces: Uint8Array[] } | undefined;
  #next: { name?: Uint8Array; sizeBytes?: number } = {};
  #zeroBlocks = 0;
  #begun = false;

  /** What these bytes complete. Read it to its end before the next bytes. */
  *push(bytes: Uint8Array): Generator<TarEvent> {
    const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let rest = this.#held.length === 0 ? given : Buffer.concat([this.#held, given]);
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) {
      if (this.#contentLeft > 0) {
        const piece = rest.subarray(0, this.#contentLeft);
        rest = rest.subarray(piece.length);
        this.#contentLeft -= piece.length;
        if (this.#extension === undefined) yield { kind: 'content', bytes: piece };
        else this.#extension.pieces.push(Buffer.from(piece));
      } else if (this.#paddingLeft > 0) {
        const skipped = Math.min(rest.length, this.#paddingLeft);
        rest = rest.subarray(skipped);
        this.#paddingLeft -= skipped;
      } else {
        this.#endExtension();
        if (!this.#begun) refuseCompressed(rest);
        if (rest.length < tarBlockBytes) break;
        this.#begun = true;
        const entry = this.#header(rest.subarray(0, tarBlockBytes));
        rest = rest.subarray(tarBlockBytes);
        if (entry !== undefined) yield { kind: 'entry', entry };
      }
    }
    this.#held = Buffer.from(rest);
  }

  /** To be called when nothing more comes: an archive that breaks off is none. */
  end(): void {
    if (this.#zeroBlocks < 2 || this.#held.length > 0) throw badArchive('ends before its end');
  }

  /** An entry, or nothing for a block that belongs to the format. */
  #header(block: Buffer): TarEntry | undefined {
    if (block.every((byte) => byte === 0)) {
      this.#zeroBlocks += 1;
      if (this.#hasExtension()) throw badArchive('ends after a header of an entry');
      return undefined;
    }
    if (this.#zeroBlocks > 0) throw badArchive('goes on after its end');
    const read = readBlock(block);
    if (extensions.includes(read.typeflag)) {
      this.#beginExtension(read);
      return undefined;
    }
    const { name = read.name, sizeBytes = read.sizeBytes } = this.#next;
    this.#next = {};
    this.#expect(sizeBytes);
    return { ...read, name, sizeBytes };
  }

  #expect(sizeBytes: number): void {
    this.#contentLeft = sizeBytes;
    this.#paddingLeft = (tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes;
  }

  #hasExtension(): boolean {
    return Object.keys(this.#next).length > 0;
  }

  #beginExtension({ typeflag, sizeBytes }: TarBlock): void {
    if (sizeBytes > maxExtensionBytes) throw badArchive('has a header that is too large');
    this.#extension = { typeflag, pieces: [] };
    this.#expect(sizeBytes);
  }

  /** A pax header goes before a GNU one, as GNU tar has it. */
  #endExtension(): void {
    if (this.#extension === undefined) return;
    const { typeflag, pieces } = this.#extension;
    this.#extension = undefined;
    const content = Buffer.concat(pieces);
    if (typeflag === 'g') checkGlobalPax(content);
    if (typeflag === 'L') this.#next.name ??= readLongName(content);
    if (typeflag !== 'x') return;
    const { path, sizeBytes } = readPax(content);
    if (path !== undefined) this.#next.name = path;
    if (sizeBytes !== undefined) this.#next.sizeBytes = sizeBytes;
  }
}
