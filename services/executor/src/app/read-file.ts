// One file out of a sandbox: a command inside packs it, and what comes out is taken for a file only if
// the archive says that it is one. Links, pipes and devices are never opened.
import {
  invalidFields,
  PlatformError,
  type ReadFileRequest,
  type ReadFileResponse,
} from '@pilotlight/contracts';
import { type TarEvent, TarReader } from '../domain/tar-reader.ts';
import { unlessAborted } from './abortable.ts';
import { fileProblem, startInside } from './inside-command.ts';
import type { LeaseCalls } from './lease-book.ts';

/** What is inside is named by its own path; the archive's name for it is not looked at. */
const packScript = 'exec tar --no-unquote -cPf - --no-recursion --format=gnu -- "$1"';

const maxPathBytes = 4_000;

const kinds: Readonly<Record<string, string>> = {
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '5': 'a folder',
  '6': 'a FIFO',
};

/** An absolute path inside, without slashes at its end, which would follow a link. */
export function insidePath(path: string): string {
  if (path.includes('\0') || Buffer.byteLength(path) > maxPathBytes) {
    const problem = `must be at most ${maxPathBytes} bytes, without NUL`;
    throw invalidFields([{ field: 'path', problem }]);
  }
  const absolute = path.startsWith('/') ? path : `/workspace/${path}`;
  return absolute.replace(/(?<=.)\/+$/, '');
}

/**
 * Rejects `not_found` where there is nothing, `failed_precondition` for what is no regular file or
 * cannot be read, also after some of it where it became shorter meanwhile.
 */
export async function* readFile(
  { leases }: { readonly leases: LeaseCalls },
  { lease: ref, path }: ReadFileRequest,
  signal: AbortSignal,
): AsyncGenerator<ReadFileResponse> {
  if (path === '') throw invalidFields([{ field: 'path', problem: 'must not be empty' }]);
  const inside = insidePath(path);
  const call = leases.begin(ref);
  try {
    const command = await startInside(call.lease.sandbox, packScript, inside);
    try {
      const archive = new OneFile(path);
      for await (const chunk of command.stdout) yield* archive.push(chunk);
      const { code, said } = await unlessAborted(command.end(), signal);
      signal.throwIfAborted();
      archive.end(code, said);
    } finally {
      command.close();
    }
  } finally {
    call.done();
  }
}

/** An archive that should hold one regular file. */
class OneFile {
  readonly #path: string;
  readonly #reader = new TarReader();
  #isFound = false;

  constructor(path: string) {
    this.#path = path;
  }

  *push(chunk: Uint8Array): Generator<ReadFileResponse> {
    for (const event of this.#events(chunk)) {
      if (event.kind === 'content') yield { data: event.bytes };
      else this.#accept(event.entry.typeflag);
    }
  }

  /** Tar ends with 1 where a file changed while it was read; one that grew is whole as it was. */
  end(code: number, said: string): void {
    if (code === 0 || code === 1) {
      if (!this.#isFound) throw this.#refused('is not a regular file');
      if (said.includes('File shrank')) throw this.#refused('became shorter while it was read');
      this.#events(new Uint8Array(), true);
      return;
    }
    throw fileProblem(this.#path, said.replace(/^.*?: (?=Cannot )/, ''));
  }

  #accept(typeflag: string): void {
    if (this.#isFound) throw this.#refused('is more than one file');
    if (typeflag !== '0') throw this.#refused(`is ${kinds[typeflag] ?? 'not a regular file'}`);
    this.#isFound = true;
  }

  /** A program inside may have meddled with the command. */
  #events(chunk: Uint8Array, isEnd = false): readonly TarEvent[] {
    try {
      if (isEnd) this.#reader.end();
      return [...this.#reader.push(chunk)];
    } catch (thrown) {
      const { message } = PlatformError.from(thrown);
      throw this.#refused(`cannot be read: what came out ${message.replace(/^archive: /, '')}`);
    }
  }

  #refused(problem: string): PlatformError {
    return new PlatformError('failed_precondition', `${this.#path}: ${problem}`);
  }
}
