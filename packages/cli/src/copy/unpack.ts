// What a sandbox sent, on this machine's disk: never outside of the target, never through a link.
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PlatformError } from '@pilotlight/contracts';
import type { Entry } from 'tar-stream';
import { entriesOf, partsBelow } from './archive-entries.ts';
import type { Copied } from './copied.ts';

export interface UnpackOptions {
  /** What the archive's names begin with, or `.` where they do not. */
  readonly root: string;
  /** What the root becomes: a file, or a folder that may be there already. */
  readonly target: string;
  readonly onProgress?: (done: Copied) => void;
}

/**
 * Files that are there are overwritten, links that are there are refused. Permissions are the usual
 * ones; only whether a file can be executed is taken over. Rejects `failed_precondition` at the first
 * thing that is refused; what came before it has been written.
 */
export async function unpack(
  archive: AsyncIterable<Uint8Array>,
  { root, target, onProgress }: UnpackOptions,
): Promise<Copied> {
  const tree = new TargetTree(target);
  const done = { files: 0, bytes: 0, skipped: [] as string[] };
  for await (const entry of entriesOf(archive)) {
    const { name, type } = entry.header;
    const parts = partsBelow(root, name);
    if (type === 'directory') {
      await tree.folder(parts);
      entry.resume();
    } else if (type === 'file' || type === 'contiguous-file') {
      await tree.file(parts, entry, (piece) => {
        done.bytes += piece.length;
        onProgress?.(done);
      });
      done.files += 1;
    } else {
      done.skipped.push(name);
      entry.resume();
    }
    onProgress?.(done);
  }
  return done;
}

class TargetTree {
  readonly #root: string;
  /** Folders that were seen to be folders; nothing here makes links in their place. */
  readonly #known = new Set<string>();

  constructor(target: string) {
    this.#root = resolve(target);
  }

  async folder(parts: readonly string[]): Promise<string> {
    let path = this.#root;
    await this.#ensure(path);
    for (const part of parts) {
      path = this.#below(path, part);
      await this.#ensure(path);
    }
    return path;
  }

  async file(
    parts: readonly string[],
    entry: Entry,
    onPiece: (piece: Uint8Array) => void,
  ): Promise<void> {
    const name = parts.at(-1);
    const path =
      name === undefined ? this.#root : this.#below(await this.folder(parts.slice(0, -1)), name);
    const there = await infoOf(path);
    if (there !== undefined && !there.isFile()) throw inTheWay(path, there);
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
    const mode = ((entry.header.mode ?? 0) & 0o111) === 0 ? 0o666 : 0o777;
    const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;
    const file = await writable(path, () => open(path, flags, mode));
    async function* told(pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        yield piece;
        onPiece(piece);
      }
    }
    await writable(path, () => pipeline(entry, told, file.createWriteStream()));
  }

  async #ensure(path: string): Promise<void> {
    if (this.#known.has(path)) return;
    const there = await infoOf(path);
    if (there === undefined) await writable(path, () => mkdir(path));
    else if (!there.isDirectory()) throw inTheWay(path, there);
    this.#known.add(path);
  }

  /** Also right where names may hold another separator. */
  #below(folder: string, part: string): string {
    const path = join(folder, part);
    if (path === folder + sep + part && resolve(path) === path) return path;
    throw new PlatformError('failed_precondition', `${part} cannot be a name here.`);
  }
}

async function infoOf(path: string): Promise<Stats | undefined> {
  return writable(path, () =>
    lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }),
  );
}

function inTheWay(path: string, there: Stats): PlatformError {
  const what = there.isSymbolicLink()
    ? 'a link'
    : there.isDirectory()
      ? 'a folder'
      : 'something else';
  return new PlatformError(
    'failed_precondition',
    `${path} is ${what} here already. Move it, or copy to another place.`,
  );
}

async function writable<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof PlatformError) throw cause;
    const { message } = cause as NodeJS.ErrnoException;
    throw new PlatformError('failed_precondition', `${path} cannot be written: ${message}`, {
      cause,
    });
  }
}
