// Files of a leased sandbox, in and out.
import { Readable } from 'node:stream';
import {
  invalidFields,
  type LeaseRef,
  type ListFilesResponse,
  tarEnd,
  tarHeader,
  tarPadding,
  type WriteFilesRequest,
  type WriteFilesResponse,
} from '@pilotlight/contracts';
import { regrouped } from './pieces.ts';
import { bytes, type Content } from './request.ts';
import type { SandboxRpc } from './sandbox-rpc.ts';

/** A file to be written. */
export interface WorkspaceFile {
  /** Relative, with `/` between its parts. Folders on the way are made. */
  readonly path: string;
  readonly content: Content;
  /** Permission bits; default 0o644. */
  readonly mode?: number;
}

export interface WriteFilesOptions {
  /** The folder to write in, below /workspace and relative to it; made where it is not there. */
  readonly path?: string;
  readonly signal?: AbortSignal;
}

export interface ListFilesOptions {
  /** With everything below the folder, at most 10,000 entries. */
  readonly recursive?: boolean;
  readonly signal?: AbortSignal;
}

/** As `SandboxHandle.writeFiles`. */
export function writeFiles(
  rpc: SandboxRpc,
  lease: LeaseRef,
  files: readonly WorkspaceFile[] | AsyncIterable<Uint8Array>,
  { path = '', signal }: WriteFilesOptions = {},
): Promise<WriteFilesResponse> {
  const archive = Symbol.asyncIterator in files ? files : archiveOf(files, new Date());
  async function* requests(): AsyncGenerator<WriteFilesRequest> {
    yield { message: { $case: 'start', start: { lease, path } } };
    for await (const piece of regrouped(archive)) {
      yield { message: { $case: 'archive', archive: piece } };
    }
  }
  return rpc.writeFiles(requests(), signal ? { signal } : {});
}

/** As `SandboxHandle.openFile`. */
export function openFile(
  rpc: SandboxRpc,
  lease: LeaseRef,
  path: string,
  signal?: AbortSignal,
): Readable {
  async function* content() {
    for await (const { data } of rpc.readFile({ lease, path }, signal ? { signal } : {}))
      yield data;
  }
  return Readable.from(content(), { objectMode: false });
}

/** As `SandboxHandle.listFiles`. */
export function listFiles(
  rpc: SandboxRpc,
  lease: LeaseRef,
  path: string,
  { recursive = false, signal }: ListFilesOptions = {},
): Promise<ListFilesResponse> {
  return rpc.listFiles({ lease, path, recursive }, signal ? { signal } : {});
}

async function* archiveOf(
  files: readonly WorkspaceFile[],
  modifiedAt: Date,
): AsyncGenerator<Uint8Array> {
  for (const [index, { path, content, mode = 0o644 }] of files.entries()) {
    // The only thing wrong with a path that an archive could not tell.
    if (path.includes('\0')) {
      throw invalidFields([{ field: `files[${index}].path`, problem: 'must not contain NUL' }]);
    }
    const data = bytes(content);
    yield tarHeader({ path, kind: 'file', sizeBytes: data.length, mode, modifiedAt });
    yield data;
    yield tarPadding(data.length);
  }
  yield tarEnd;
}
