// What `find` says of a folder, taken apart: five fields for each entry, each ended by NUL, so that no
// name can be taken for anything else.
import { type FileEntry, limits } from '@pilotlight/contracts';

/** For `find -printf`: type, size, time, mode, path relative to where it began. */
export const entryFormat = '%y\\0%s\\0%T@\\0%m\\0%P\\0';

const fieldsOfEntry = 5;
/** All paths together: an answer is one message. */
const maxPathBytes = 6 * 1024 * 1024;
/** No field is longer: paths end at 4,096. */
const maxFieldBytes = 8 * 1024;

const kinds: Readonly<Record<string, string>> = { f: 'file', d: 'directory', l: 'link' };

/** One listing, as it comes. */
export class FileList {
  readonly entries: FileEntry[] = [];
  /** Of the folder itself, which comes first; undefined before. */
  startKind: string | undefined;
  isTruncated = false;
  #held = Buffer.alloc(0);
  #fields: Buffer[] = [];
  #pathBytes = 0;

  /** Whether there is room for more. */
  push(chunk: Uint8Array): boolean {
    const bytes = Buffer.concat([this.#held, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, at)) {
      this.#fields.push(bytes.subarray(at, end));
      at = end + 1;
      if (this.#fields.length === fieldsOfEntry) this.#entry(this.#fields.splice(0));
      if (this.isTruncated) return false;
    }
    this.#held = Buffer.from(bytes.subarray(at));
    this.isTruncated = this.#held.length > maxFieldBytes;
    return !this.isTruncated;
  }

  /** By path, in the order of code points' UTF-16 units: the same everywhere. */
  sorted(): FileEntry[] {
    return this.entries.toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  }

  #entry(fields: readonly Buffer[]): void {
    const [type = '', size = '', time = '', mode = '', path = ''] = fields.map((field) =>
      field.toString('utf8'),
    );
    const kind = kinds[type] ?? 'other';
    if (this.startKind === undefined) {
      this.startKind = kind;
      return;
    }
    this.#pathBytes += path.length;
    const isFull = this.entries.length === limits.maxUploadFiles;
    if (isFull || this.#pathBytes > maxPathBytes) {
      this.isTruncated = true;
      return;
    }
    this.entries.push({
      ...{ path, kind, sizeBytes: wholeNumber(size), mode: Number.parseInt(mode, 8) & 0o7777 },
      modifiedAt: new Date(Math.min(Math.max(0, Number(time) || 0), 0xffff_ffff) * 1_000),
    });
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
