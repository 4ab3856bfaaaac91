// Files into a sandbox: the archive is checked to its end, kept outside of memory meanwhile, written
// anew from what was found in it, and only then unpacked by a command inside.
import {
  invalidFields,
  PlatformError,
  type SourceFile,
  tarEnd,
  tarHeader,
  tarPadding,
  type WriteFilesRequest,
  type WriteFilesResponse,
} from '@pilotlight/contracts';
import type { Sandbox } from '@pilotlight/sandbox-runtime';
import { TarReader } from '../domain/tar-reader.ts';
import { folderProblems, UploadCheck } from '../domain/upload.ts';
import { unlessAborted, untilAborted } from './abortable.ts';
import { fileProblem, startInside } from './inside-command.ts';
import type { LeaseCalls } from './lease-book.ts';
import type { Spool, SpoolFile } from './ports.ts';

export interface WriteFilesOptions {
  readonly leases: LeaseCalls;
  readonly spool: Spool;
}

/** `-p` is not given: what is written belongs to the sandbox's user, and has no special bits. */
const unpackScript = 'mkdir -p -- "$1" && cd -- "$1" && exec tar -xf - --no-same-owner';

/**
 * Nothing is written unless all of the archive is fit. Uploads of one lease wait for each other.
 * Rejects `invalid_argument` for what is refused, `resource_exhausted` where the node has no room for
 * it now, `failed_precondition` where the sandbox has none; then some files may have been written.
 */
export async function writeFiles(
  { leases, spool }: WriteFilesOptions,
  requests: AsyncIterable<WriteFilesRequest>,
  signal: AbortSignal,
): Promise<WriteFilesResponse> {
  const messages = requests[Symbol.asyncIterator]();
  const first = await messages.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.$case !== 'start') {
    throw invalidFields([{ field: 'start', problem: 'must be the first message' }]);
  }
  const { lease: ref, path } = message.start;
  const problems = folderProblems(path);
  if (problems.length > 0) throw invalidFields(problems);
  const call = leases.begin(ref);
  const until = AbortSignal.any([signal, call.lease.ended]);
  try {
    return await call.lease.uploads.take(async () => {
      const upload = await receive(spool, untilAborted(messages, until));
      try {
        until.throwIfAborted();
        await unpack(call.lease.sandbox, `/workspace/${path}`, upload.file.read(), until);
        return { files: upload.files, bytes: upload.bytes };
      } finally {
        await upload.file.close();
      }
    });
  } finally {
    call.done();
  }
}

/** Writes files that are in memory and were checked already. Rejects as `writeFiles` does. */
export async function writeSourceFiles(
  sandbox: Sandbox,
  files: readonly SourceFile[],
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  async function* archive() {
    for (const { path, content } of files) {
      const sizeBytes = content.length;
      yield tarHeader({ path, kind: 'file', sizeBytes, mode: 0o644, modifiedAt: now });
      if (sizeBytes > 0) yield content;
      yield tarPadding(sizeBytes);
    }
    yield tarEnd;
  }
  await unpack(sandbox, '/workspace', archive(), signal);
}

interface Upload {
  readonly file: SpoolFile;
  readonly files: number;
  readonly bytes: number;
}

async function receive(spool: Spool, messages: AsyncIterable<WriteFilesRequest>): Promise<Upload> {
  const check = new UploadCheck();
  const file = await spool.open();
  try {
    const clean = new CleanArchive(check, file);
    for await (const { message } of messages) {
      if (message?.$case !== 'archive') {
        throw invalidFields([{ field: 'archive', problem: 'must be all messages but the first' }]);
      }
      await clean.take(message.archive);
    }
    await clean.end();
    return { file, files: check.files, bytes: check.bytes };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/** What was found in an archive, written anew: what is unpacked cannot mean anything else. */
class CleanArchive {
  readonly #check: UploadCheck;
  readonly #file: SpoolFile;
  readonly #reader = new TarReader();
  /** Of the last entry; written before the next. */
  #padding = tarPadding(0);

  constructor(check: UploadCheck, file: SpoolFile) {
    this.#check = check;
    this.#file = file;
  }

  async take(bytes: Uint8Array): Promise<void> {
    this.#check.received(bytes.length);
    for (const event of this.#reader.push(bytes)) {
      if (event.kind === 'content') {
        await this.#file.write(event.bytes);
        continue;
      }
      const entry = this.#check.entry(event.entry);
      if (entry === undefined) continue;
      await this.#file.write(this.#padding);
      await this.#file.write(tarHeader(entry));
      this.#padding = tarPadding(entry.sizeBytes);
    }
  }

  async end(): Promise<void> {
    this.#reader.end();
    await this.#file.write(this.#padding);
    await this.#file.write(tarEnd);
  }
}

async function unpack(
  sandbox: Sandbox,
  folder: string,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const command = await startInside(sandbox, unpackScript, folder);
  command.stdout.resume();
  try {
    await unlessAborted(command.send(archive), signal);
    const { code, said } = await unlessAborted(command.end(), signal);
    if (code === 0) return;
    const { message } = fileProblem('the files cannot be written', said);
    // What tar says of it is how much of a record it wrote.
    const isFull = /Wrote only|No space left/.test(said);
    const reason = isFull ? `${message} (no space is left in the sandbox)` : message;
    throw new PlatformError('failed_precondition', reason);
  } finally {
    command.close();
  }
}
