// The entries of an archive that a sandbox sent, which may hold anything: what they may be called, and
// how much of them there may be.
import { pipeline } from 'node:stream/promises';
import { PlatformError } from '@pilotlight/contracts';
import { type Entry, extract } from 'tar-stream';
import { printable } from '../format/printable.ts';

/** More than the largest workspace holds. */
const maxBytes = 4 * 1024 ** 3;
const maxEntries = 200_000;
/** Headers and long names before an entry; the reader holds them in memory. */
const maxHeaderBytes = 1024 * 1024;
/** Far fewer, so that reading ahead does not look like a long header. */
const pieceBytes = 64 * 1024;

/**
 * One after the other; each must be read before the next. Rejects `failed_precondition` for what is no
 * archive, or one without end.
 */
export async function* entriesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const archive = extract();
  let entries = 0;
  let bytes = 0;
  let allowed = maxHeaderBytes;
  async function* limited() {
    for await (const given of source) {
      for (let at = 0; at < given.length; at += pieceBytes) {
        const piece = given.subarray(at, at + pieceBytes);
        allowed -= piece.length;
        if (allowed < 0) throw unfit('it has a header without end');
        yield piece;
      }
    }
  }
  const read = pipeline(limited(), archive);
  read.catch(() => undefined);
  try {
    for await (const entry of archive) {
      entries += 1;
      const { size = 0 } = entry.header;
      bytes += size;
      allowed = size + maxHeaderBytes;
      if (entries > maxEntries) throw unfit(`it has more than ${maxEntries} files`);
      if (bytes > maxBytes) throw unfit(`it has more than ${maxBytes / 1024 ** 3} GiB`);
      yield entry;
    }
    await read;
  } catch (thrown) {
    if (thrown instanceof PlatformError) throw thrown;
    throw unfit(PlatformError.from(thrown).message, thrown);
  } finally {
    archive.destroy();
  }
}

/**
 * The parts of an entry's name below `root`, none for the root itself; `.` as root stands for a folder
 * whose own name is not in the archive. Throws `failed_precondition` for a name that leads elsewhere.
 */
export function partsBelow(root: string, name: string): readonly string[] {
  const parts = name.replace(/^\.\//, '').replace(/\/$/, '').split('/');
  if (root === '.' && (name === './' || name === '.')) return [];
  const isOdd = (part: string) => part === '' || part === '.' || part === '..';
  const isBelow = root === '.' || parts[0] === root;
  if (parts.some((part) => isOdd(part) || part.includes('\0')) || !isBelow) {
    throw unfit(`it names "${printable(name)}", which leads out of what was asked for`);
  }
  return root === '.' ? parts : parts.slice(1);
}

function unfit(problem: string, cause?: unknown): PlatformError {
  const message = `What the sandbox sent is refused: ${problem}. Nothing after it was written.`;
  return new PlatformError('failed_precondition', message, { cause });
}
