// What is in a folder of a sandbox: `find` inside says it, and links are told as links.
import {
  type ListFilesRequest,
  type ListFilesResponse,
  PlatformError,
} from '@pilotlight/contracts';
import { entryFormat, FileList } from '../domain/file-list.ts';
import { unlessAborted } from './abortable.ts';
import { fileProblem, type InsideCommand, startInside } from './inside-command.ts';
import type { LeaseCalls } from './lease-book.ts';
import { insidePath } from './read-file.ts';

const listScripts = {
  deep: `exec find "$1" -printf '${entryFormat}'`,
  flat: `exec find "$1" -maxdepth 1 -printf '${entryFormat}'`,
};

/**
 * Rejects `not_found` where there is nothing and `failed_precondition` for what is no folder. What
 * cannot be read below it is left out.
 */
export async function listFiles(
  { leases }: { readonly leases: LeaseCalls },
  { lease: ref, path, recursive }: ListFilesRequest,
  signal: AbortSignal,
): Promise<ListFilesResponse> {
  const inside = insidePath(path);
  const call = leases.begin(ref);
  try {
    const script = listScripts[recursive ? 'deep' : 'flat'];
    const command = await startInside(call.lease.sandbox, script, inside);
    try {
      return await unlessAborted(collect(command, path === '' ? '/workspace' : path), signal);
    } finally {
      command.close();
    }
  } finally {
    call.done();
  }
}

async function collect(command: InsideCommand, path: string): Promise<ListFilesResponse> {
  const list = new FileList();
  for await (const chunk of command.stdout) {
    if (!list.push(chunk)) break;
  }
  if (list.startKind === undefined) {
    const { said } = await command.end();
    throw fileProblem(path, said.replace(/^find: .*: (?=[A-Z])/, ''));
  }
  if (list.startKind !== 'directory') {
    const what = list.startKind === 'link' ? 'a symbolic link' : 'not a folder';
    throw new PlatformError('failed_precondition', `${path}: is ${what}`);
  }
  return { entries: list.sorted(), truncated: list.isTruncated };
}
