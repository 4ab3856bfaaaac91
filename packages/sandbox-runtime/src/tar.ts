// Writes POSIX ustar archives, only what a job needs: regular files with names of up to 255 bytes.
// A package would bring pax headers, which hand-written parsers in runners do not read.
import { Buffer } from 'node:buffer';
import { PlatformError } from '@pilotlight/contracts';

const blockBytes = 512;
const maxNameBytes = 100;
const maxPrefixBytes = 155;

export interface TarEntry {
  /** Relative, with `/` between its parts. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** Where ustar keeps the two halves of a path that is longer than its name field. */
function splitPath(path: string): { prefix: Buffer; name: Buffer } {
  const bytes = Buffer.from(path, 'utf8');
  if (bytes.length <= maxNameBytes) return { prefix: Buffer.alloc(0), name: bytes };
  const slash = bytes.indexOf('/', bytes.length - maxNameBytes - 1);
  if (slash <= 0 || slash > maxPrefixBytes || slash === bytes.length - 1) {
    throw new PlatformError(
      'invalid_argument',
      `The path is too long: ${path.slice(0, 60)}… (a file name holds at most ${maxNameBytes} bytes, its folders ${maxPrefixBytes}).`,
    );
  }
  return { prefix: bytes.subarray(0, slash), name: bytes.subarray(slash + 1) };
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

function writeHeader(block: Buffer, entry: TarEntry): void {
  const { prefix, name } = splitPath(entry.path);
  name.copy(block, 0);
  block.write(octal(0o644, 7), 100, 'latin1');
  block.write(octal(65534, 7), 108, 'latin1');
  block.write(octal(65534, 7), 116, 'latin1');
  block.write(octal(entry.content.length, 11), 124, 'latin1');
  block.write(octal(0, 11), 136, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  prefix.copy(block, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

const padded = (size: number) => Math.ceil(size / blockBytes) * blockBytes;

/**
 * One archive with the entries in the order given, after `reserveBytes` zero bytes at the start
 * for the caller's own header. Throws `invalid_argument` for a path that ustar cannot hold.
 */
export function encodeTar(entries: readonly TarEntry[], reserveBytes = 0): Buffer {
  const body = entries.reduce((sum, e) => sum + blockBytes + padded(e.content.length), 0);
  const archive = Buffer.alloc(reserveBytes + body + 2 * blockBytes);
  let offset = reserveBytes;
  for (const entry of entries) {
    writeHeader(archive.subarray(offset, offset + blockBytes), entry);
    archive.set(entry.content, offset + blockBytes);
    offset += blockBytes + padded(entry.content.length);
  }
  return archive;
}
