// How files travel in WriteFiles: tar archives of regular files and folders, with a pax header before
// each entry whose name ustar cannot hold. Written here; read by whoever receives one.

export const tarBlockBytes = 512;
const maxNameBytes = 100;
const maxPrefixBytes = 155;
/** What eleven octal digits hold; larger sizes would need a pax record. */
export const maxTarFileBytes = 8 ** 11 - 1;

/** One regular file or folder. */
export interface TarFile {
  /** Relative, `/` between its parts, none at its end. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** 0 for a folder. */
  readonly sizeBytes: number;
  /** Permission bits. */
  readonly mode: number;
  readonly modifiedAt: Date;
}

/** The end of an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * tarBlockBytes);

/** The zero bytes that follow so much content. */
export function tarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes);
}

/** What comes before an entry's content. Throws a RangeError for a file too large for the format. */
export function tarHeader(file: TarFile): Uint8Array {
  if (file.sizeBytes > maxTarFileBytes) throw new RangeError(`${file.path} is too large`);
  const path = Buffer.from(file.kind === 'directory' ? `${file.path}/` : file.path);
  const typeflag = file.kind === 'directory' ? '5' : '0';
  const place = ustarPlace(path);
  if (place !== undefined) return block(file, place, typeflag);
  const record = paxRecord('path', path);
  const named = { prefix: empty, name: Buffer.from('pax') };
  return Buffer.concat([
    block({ ...file, sizeBytes: record.length, mode: 0o644 }, named, 'x'),
    record,
    tarPadding(record.length),
    block(file, { prefix: empty, name: path.subarray(0, maxNameBytes) }, typeflag),
  ]);
}

interface Place {
  readonly prefix: Buffer;
  readonly name: Buffer;
}

const empty = Buffer.alloc(0);

/** Where ustar keeps the two halves of a path; undefined where it cannot hold it. */
function ustarPlace(path: Buffer): Place | undefined {
  if (path.length <= maxNameBytes) return { prefix: empty, name: path };
  const slash = path.indexOf('/', path.length - maxNameBytes - 1);
  if (slash <= 0 || slash > maxPrefixBytes || slash === path.length - 1) return undefined;
  return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
}

/** Its length counts the digits of the length itself. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;

function block(file: TarFile, { prefix, name }: Place, typeflag: string): Buffer {
  const header = Buffer.alloc(tarBlockBytes);
  const seconds = Math.floor(file.modifiedAt.getTime() / 1_000);
  name.copy(header, 0);
  header.write(octal(file.mode & 0o777, 7), 100, 'latin1');
  header.write(octal(0, 7), 108, 'latin1');
  header.write(octal(0, 7), 116, 'latin1');
  header.write(octal(file.sizeBytes, 11), 124, 'latin1');
  header.write(octal(Math.min(Math.max(0, seconds), maxTarFileBytes), 11), 136, 'latin1');
  header.write(' '.repeat(8), 148, 'latin1');
  header.write(typeflag, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  prefix.copy(header, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
