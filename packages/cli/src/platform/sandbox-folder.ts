// Where the executor keeps what its sandboxes need on disk while they live. Not in the data
// directory: the users inside sandboxes must be able to enter it.
import { createHash } from 'node:crypto';
import { rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The same for every start with a data directory, and another than that of other directories. */
export function nodeNameOf(dataDir: string): string {
  return `local-${createHash('sha256').update(dataDir).digest('hex').slice(0, 6)}`;
}

/** In /run where that is ours: nobody else can have put anything there. */
export function sandboxFolderOf(node: string): string {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  return join(isRoot ? '/run' : tmpdir(), `pilotlight-${node}`);
}

/** What is still in use stays. */
export function removeSandboxFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error;
  }
}
