// Archives for tests, honest and not: every field of a header can be set to anything.
import { tarEnd } from '@pilotlight/contracts';

export interface RawEntry {
  readonly name?: string | Uint8Array;
  readonly typeflag?: string;
  readonly content?: string | Uint8Array;
  /** What the header says, where that is not the content's length: as it stands in the field. */
  readonly size?: string | Uint8Array;
  readonly prefix?: string;
  readonly magic?: string;
  readonly linkname?: string;
}

const blockBytes = 512;

export function rawEntry(entry: RawEntry): Buffer {
  const { name = 'file', typeflag = '0', content = '', prefix = '', linkname = '' } = entry;
  const bytes = Buffer.from(content as string);
  const header = Buffer.alloc(blockBytes);
  Buffer.from(name as string).copy(header, 0, 0, 100);
  header.write('0000644\0', 100, 'latin1');
  const size = entry.size ?? `${bytes.length.toString(8).padStart(11, '0')}\0`;
  Buffer.from(size as string).copy(header, 124, 0, 12);
  header.write('00000000000\0', 136, 'latin1');
  header.write(' '.repeat(8), 148, 'latin1');
  header.write(typeflag, 156, 'latin1');
  header.write(linkname, 157, 'latin1');
  header.write(entry.magic ?? 'ustar\x0000', 257, 'latin1');
  header.write(prefix, 345, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes);
  return Buffer.concat([header, bytes, padding]);
}

/** One pax record after the other. */
export function pax(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length += 1;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

/** With its end. */
export function archive(...entries: readonly (RawEntry | Uint8Array)[]): Buffer {
  const parts = entries.map((entry) => (entry instanceof Uint8Array ? entry : rawEntry(entry)));
  return Buffer.concat([...parts, tarEnd]);
}
