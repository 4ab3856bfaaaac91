// A file that a sandbox is leased with: `LOCAL[:PATH]`.
import { readFile } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import type { WorkspaceFile } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';

export interface LeaseFile {
  readonly local: string;
  /** Below /workspace. */
  readonly path: string;
}

/** The last colon divides; a file whose name has one is given with its path. */
export function leaseFileOf(text: string): LeaseFile {
  const at = text.lastIndexOf(':');
  const local = at < 0 ? text : text.slice(0, at);
  const path = at < 0 ? '' : text.slice(at + 1);
  if (path === '' || path.endsWith('/')) return { local, path: `${path}${basename(local)}` };
  return { local, path: posix.normalize(path) };
}

/** Rejects with `not_found` for what cannot be read, and says what to do with a folder. */
export async function leaseFile(text: string): Promise<WorkspaceFile> {
  const { local, path } = leaseFileOf(text);
  try {
    return { path, content: await readFile(local) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const advice = code === 'EISDIR' ? ' Copy folders with: pilotlight cp' : '';
    const problem = `${local} cannot be read: ${message}.${advice}`;
    throw new PlatformError('not_found', problem, { cause });
  }
}
