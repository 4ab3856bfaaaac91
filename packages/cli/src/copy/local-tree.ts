// What is to be copied into a sandbox: a local file or folder, looked through first and then packed.
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { limits, type TarFile, tarEnd, tarHeader, tarPadding } from '@pilotlight/contracts';
import { found, refused } from '../local-files.ts';

export interface LocalTree {
  readonly isFolder: boolean;
  /** Of what was named, such as `src` for `../src/`. */
  readonly name: string;
  /** Below the folder, folders before what is in them; or the one file. */
  readonly entries: readonly LocalEntry[];
  /** Of all files together. */
  readonly bytes: number;
  /** Links and what else is no file or folder, as they were found. */
  readonly skipped: readonly string[];
}

export interface LocalEntry extends TarFile {
  /** Where it is read. */
  readonly source: string;
}

/** Links are not followed, but for the one that is named. Rejects with what cannot be copied, and why. */
export async function readTree(named: string): Promise<LocalTree> {
  const source = resolve(named);
  const root = await found(named, () => stat(source));
  const name = basename(source);
  if (root.isFile()) {
    const entry = entryOf(source, name, root);
    checkSize(1, entry.sizeBytes);
    return { isFolder: false, name, entries: [entry], bytes: entry.sizeBytes, skipped: [] };
  }
  if (!root.isDirectory()) throw refused(`${named} is neither a file nor a folder.`);
  const entries: LocalEntry[] = [];
  const skipped: string[] = [];
  let bytes = 0;
  for await (const entry of below(source, '', skipped)) {
    entries.push(entry);
    bytes += entry.sizeBytes;
    checkSize(entries.length, bytes);
  }
  return { isFolder: true, name, entries, bytes, skipped };
}

/** A tar archive of it, read as it is taken. Rejects where a file is not what it was. */
export async function* packed({ entries }: LocalTree): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield tarHeader(entry);
    if (entry.kind === 'directory') continue;
    yield* contentOf(entry);
    yield tarPadding(entry.sizeBytes);
  }
  yield tarEnd;
}

async function* below(
  folder: string,
  prefix: string,
  skipped: string[],
): AsyncGenerator<LocalEntry> {
  const names = await found(folder, () => readdir(folder));
  for (const name of names.toSorted()) {
    const source = join(folder, name);
    const info = await found(source, () => lstat(source));
    const path = `${prefix}${name}`;
    if (info.isFile()) {
      yield entryOf(source, path, info);
    } else if (info.isDirectory()) {
      yield entryOf(source, path, info);
      yield* below(source, `${path}/`, skipped);
    } else {
      skipped.push(source);
    }
  }
}

function entryOf(source: string, path: string, info: Stats): LocalEntry {
  const isFolder = info.isDirectory();
  return {
    source,
    path,
    kind: isFolder ? 'directory' : 'file',
    sizeBytes: isFolder ? 0 : info.size,
    // A folder that its owner cannot write to could not be filled.
    mode: (info.mode & 0o777) | (isFolder ? 0o700 : 0),
    modifiedAt: info.mtime,
  };
}

/** Exactly what the header promised. A file that became a link meanwhile is not followed. */
async function* contentOf({ source, sizeBytes }: LocalEntry): AsyncGenerator<Uint8Array> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await found(source, () => open(source, flags));
  try {
    let left = sizeBytes;
    while (left > 0) {
      const buffer = Buffer.allocUnsafe(Math.min(left, 256 * 1024));
      const { bytesRead } = await found(source, () => file.read(buffer));
      if (bytesRead === 0) throw refused(`${source} became shorter while it was read.`);
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Told before anything is sent; the platform checks the same. */
function checkSize(count: number, bytes: number): void {
  const { maxUploadFiles, maxUploadBytes } = limits;
  if (count > maxUploadFiles) {
    throw refused(
      `There are more than ${maxUploadFiles} files and folders. Pack them, or copy parts.`,
    );
  }
  if (bytes > maxUploadBytes) {
    throw refused(`There are more than ${maxUploadBytes >> 20} MiB. Copy parts of it.`);
  }
}
