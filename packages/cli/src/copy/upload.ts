// From this machine into a sandbox.
import { posix } from 'node:path';
import type { SandboxHandle } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';
import type { Copied, CopyOptions } from './copied.ts';
import { packed, readTree } from './local-tree.ts';
import { writablePath } from './place.ts';

/** All of it or nothing: the platform checks everything before it writes. */
export async function upload(
  sandbox: SandboxHandle,
  { from, to, onProgress }: CopyOptions,
): Promise<Copied> {
  const written = writablePath(to);
  const tree = await readTree(from);
  const isInto = written.isFolder || (await isFolder(sandbox, written.path));
  const path = isInto ? posix.join(written.path, tree.name) : written.path;
  const [folder, renamed] = tree.isFolder
    ? [path, tree]
    : [posix.dirname(path), { ...tree, entries: named(tree.entries, posix.basename(path)) }];
  let bytes = 0;
  async function* archive() {
    for await (const piece of packed(renamed)) {
      bytes += piece.length;
      onProgress({ files: tree.entries.length, bytes: Math.min(bytes, tree.bytes), skipped: [] });
      yield piece;
    }
  }
  const { files, bytes: total } = await sandbox.writeFiles(archive(), {
    path: folder === '.' ? '' : folder,
  });
  return { files, bytes: total, skipped: tree.skipped };
}

function named<T extends { readonly path: string }>(entries: readonly T[], path: string): T[] {
  return entries.map((entry) => ({ ...entry, path }));
}

async function isFolder(sandbox: SandboxHandle, path: string): Promise<boolean> {
  try {
    await sandbox.listFiles(path);
    return true;
  } catch (thrown) {
    const { code } = PlatformError.from(thrown);
    if (code === 'not_found' || code === 'failed_precondition') return false;
    throw thrown;
  }
}
