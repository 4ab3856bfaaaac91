// Reads what stands before an entry of a tar archive: the header block of ustar, and the records of
// the pax and GNU headers that go before it. Nothing in it is believed; what is odd is refused.
import { invalidFields, type PlatformError } from '@pilotlight/contracts';

/** A header block as it stands. */
export interface TarBlock {
  /** One character: `0` a file, `5` a folder, `x`, `g`, `L` and `K` headers of what follows. */
  readonly typeflag: string;
  readonly name: Uint8Array;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly modifiedAt: Date;
}

/** What a pax header changes of the entry after it. */
export interface PaxRecords {
  readonly path?: Uint8Array;
  readonly sizeBytes?: number;
}

/** Where fields lie in a block. */
const fields = { name: 0, mode: 100, size: 124, mtime: 136, sum: 148, typeflag: 156, magic: 257 };
const prefixAt = 345;

/** First bytes of what people send instead of a tar archive. */
const compressed: readonly (readonly [string, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

export function badArchive(problem: string): PlatformError {
  return invalidFields([{ field: 'archive', problem }]);
}

/** Throws `invalid_argument` for what is compressed. `start` may be short. */
export function refuseCompressed(start: Uint8Array): void {
  const found = compressed.find(([, magic]) => magic.every((byte, index) => start[index] === byte));
  if (found === undefined) return;
  throw badArchive(`is compressed (${found[0]}); send it uncompressed`);
}

/** Reads one block that is not all zeros. Throws `invalid_argument` for what is no tar header. */
export function readBlock(block: Buffer): TarBlock {
  const sum = block.reduce((total, byte, index) => {
    return total + (index >= fields.sum && index < fields.sum + 8 ? 0x20 : byte);
  }, 0);
  const magic = block.toString('latin1', fields.magic, fields.magic + 5);
  if (magic !== 'ustar' || readNumber(block, fields.sum, 8) !== sum) {
    throw badArchive('is no tar archive (ustar, pax or GNU)');
  }
  const isPosix = block[fields.magic + 5] === 0;
  const name = untilNul(block.subarray(fields.name, fields.name + 100));
  const prefix = isPosix ? untilNul(block.subarray(prefixAt, prefixAt + 155)) : empty;
  const typeflag = String.fromCharCode(block[fields.typeflag] ?? 0);
  const seconds = Math.min(readNumber(block, fields.mtime, 12), 0xffff_ffff);
  return {
    typeflag: typeflag === '\0' ? '0' : typeflag,
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    sizeBytes: readNumber(block, fields.size, 12),
    mode: readNumber(block, fields.mode, 8) & 0o777,
    modifiedAt: new Date(seconds * 1_000),
  };
}

/** Of a pax header for one entry. Throws for what would change the content's meaning. */
export function readPax(content: Buffer): PaxRecords {
  const found: { path?: Uint8Array; sizeBytes?: number } = {};
  for (const [key, value] of paxRecords(content)) {
    if (key.startsWith('GNU.sparse.')) throw badArchive('has sparse files; pack them whole');
    if (key === 'path') found.path = value;
    if (key === 'size') found.sizeBytes = readDecimal(value);
  }
  return found;
}

/** A pax header for all entries that follow: harmless ones, such as a comment, are skipped. */
export function checkGlobalPax(content: Buffer): void {
  for (const [key] of paxRecords(content)) {
    if (['path', 'size', 'linkpath'].includes(key) || key.startsWith('GNU.sparse.')) {
      throw badArchive(`has a header that sets "${key}" of all entries`);
    }
  }
}

/** The name in a GNU long name header. */
export function readLongName(content: Buffer): Uint8Array {
  return untilNul(content);
}

const empty = Buffer.alloc(0);

function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Octal digits, or GNU's binary form for what they cannot hold. */
function readNumber(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    if (field[0] !== 0x80) throw badArchive('has a negative or enormous number in a header');
    return safe(field.subarray(1).reduce((value, byte) => value * 256 + byte, 0));
  }
  const digits = untilNul(field).toString('latin1').trim();
  if (!/^[0-7]*$/.test(digits)) throw badArchive('has a header with a number that is none');
  return safe(digits === '' ? 0 : Number.parseInt(digits, 8));
}

function readDecimal(value: Uint8Array): number {
  const digits = Buffer.from(value).toString('latin1');
  if (!/^\d{1,20}$/.test(digits)) throw badArchive('has a pax size that is no number');
  return safe(Number(digits));
}

function safe(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw badArchive('has an enormous number in a header');
}

/** Records are `LENGTH KEY=VALUE` and a newline; the length counts all of it. */
function* paxRecords(content: Buffer): Generator<readonly [string, Uint8Array]> {
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const digits = content.toString('latin1', at, Math.max(at, space));
    const end = at + (/^\d{1,7}$/.test(digits) ? Number(digits) : 0);
    const equals = content.indexOf(0x3d, space);
    const isWhole = equals > space && equals < end && end <= content.length;
    if (!isWhole || content[end - 1] !== 0x0a) throw badArchive('has a broken pax header');
    yield [content.toString('utf8', space + 1, equals), content.subarray(equals + 1, end - 1)];
    at = end;
  }
}
