// What an archive of WriteFiles may hold: regular files and folders below the folder they are for, by
// names that mean one place each. One look at every entry, before anything is written.
import { type FieldError, invalidFields, limits, type TarFile } from '@pilotlight/contracts';
import { badArchive } from './tar-header.ts';
import type { TarEntry } from './tar-reader.ts';

/** Longest name of a file on Linux, and of a path, with room for the folder that it is unpacked in. */
const maxPartBytes = 255;
const maxPathBytes = 2_048;
/** Folders that paths imply count too: 10,000 paths of 1,000 parts each would be ten million. */
const maxFolders = 50_000;
/** Headers and padding of the most entries that are allowed, long names included. */
const overheadBytes = 64 * 1024 * 1024;

const refusedKinds: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a FIFO',
  S: 'a sparse file',
};

interface Folder {
  readonly children: Map<string, Folder | 'file'>;
  /** Whether the archive has it, rather than something below it only. */
  isNamed: boolean;
}

const newFolder = (isNamed: boolean): Folder => ({ children: new Map(), isNamed });

/** One upload. Every method throws `invalid_argument` for what is refused. */
export class UploadCheck {
  readonly #root = newFolder(true);
  #entries = 0;
  #folders = 0;
  #contentBytes = 0;
  #archiveBytes = 0;
  files = 0;

  /** Of all files together, as their headers say. */
  get bytes(): number {
    return this.#contentBytes;
  }

  /** Bytes of the archive as it comes, whatever is in it. */
  received(bytes: number): void {
    this.#archiveBytes += bytes;
    if (this.#archiveBytes > limits.maxUploadBytes + overheadBytes) throw tooLarge();
  }

  /** The entry as it is to be written; undefined for the folder itself, which is there already. */
  entry(entry: TarEntry): TarFile | undefined {
    const kind = kindOf(entry);
    const parts = partsOf(entry.name, kind);
    if (parts.length === 0) return undefined;
    this.#entries += 1;
    if (this.#entries > limits.maxUploadFiles) {
      throw badArchive(`has more than ${limits.maxUploadFiles} files and folders`);
    }
    this.#contentBytes += entry.sizeBytes;
    if (this.#contentBytes > limits.maxUploadBytes) throw tooLarge();
    this.#place(parts, kind);
    if (kind === 'file') this.files += 1;
    const { sizeBytes, mode, modifiedAt } = entry;
    return { path: parts.join('/'), kind, sizeBytes, mode, modifiedAt };
  }

  #place(parts: readonly string[], kind: TarFile['kind']): void {
    const path = parts.join('/');
    let folder = this.#root;
    for (const part of parts.slice(0, -1)) {
      const next = folder.children.get(part) ?? this.#imply(folder, part);
      if (next === 'file') throw refused(path, 'is below a file of this archive');
      folder = next;
    }
    const name = parts.at(-1) ?? '';
    const known = folder.children.get(name);
    if (known === undefined) {
      folder.children.set(name, kind === 'file' ? 'file' : this.#imply(folder, name, true));
      return;
    }
    const isImplied = known !== 'file' && !known.isNamed;
    if (!isImplied) throw refused(path, 'is in this archive twice');
    if (kind === 'file') throw refused(path, 'is a folder of this archive too');
    known.isNamed = true;
  }

  #imply(parent: Folder, name: string, isNamed = false): Folder {
    this.#folders += 1;
    if (this.#folders > maxFolders) throw badArchive(`has more than ${maxFolders} folders`);
    const folder = newFolder(isNamed);
    parent.children.set(name, folder);
    return folder;
  }
}

/** The folder that a WriteFiles names: relative, below /workspace, by the rules for entries. */
export function folderProblems(path: string): FieldError[] {
  const problem = path === '' ? undefined : pathProblemOf(path.replace(/\/$/, '').split('/'));
  return problem === undefined ? [] : [{ field: 'path', problem }];
}

function kindOf({ typeflag, sizeBytes, name }: TarEntry): TarFile['kind'] {
  if (typeflag === '0') return 'file';
  if (typeflag !== '5') {
    const what = refusedKinds[typeflag] ?? `of the unknown type ${JSON.stringify(typeflag)}`;
    throw refused(Buffer.from(name).toString('utf8'), `is ${what}: only files and folders`);
  }
  if (sizeBytes > 0) throw refused(Buffer.from(name).toString('utf8'), 'is a folder with content');
  return 'directory';
}

/** Its parts; none for the folder itself. `./` in front, as tar writes it, is left out. */
function partsOf(name: Uint8Array, kind: TarFile['kind']): readonly string[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    throw refused(Buffer.from(name).toString('utf8'), 'is no UTF-8');
  }
  const trimmed = kind === 'directory' ? text.replace(/\/$/, '') : text;
  if (kind === 'directory' && (trimmed === '.' || trimmed === '')) return [];
  const parts = trimmed.replace(/^(?:\.\/)+/, '').split('/');
  const problem = pathProblemOf(parts);
  if (problem !== undefined) throw refused(text, problem);
  return parts;
}

function pathProblemOf(parts: readonly string[]): string | undefined {
  if (parts[0] === '' && parts.length > 1) return 'must be relative';
  if (parts.some((part) => part === '..' || part === '.' || part === '')) {
    return 'must not have empty, "." or ".." parts';
  }
  if (parts.some((part) => part.includes('\0'))) return 'must not contain NUL';
  const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part) + 1, 0);
  const isLong = parts.some((part) => Buffer.byteLength(part) > maxPartBytes);
  if (!isLong && bytes <= maxPathBytes) return undefined;
  return `must be at most ${maxPathBytes} bytes, each part ${maxPartBytes}`;
}

const shownChars = 100;

function refused(path: string, problem: string) {
  return invalidFields([{ field: `archive: "${path.slice(0, shownChars)}"`, problem }]);
}

function tooLarge() {
  return badArchive(`is larger than ${limits.maxUploadBytes >> 20} MiB`);
}
