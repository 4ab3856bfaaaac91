// Recognises single files that a bundler made, by their source map: their sources come from packages.
import { builtin } from '../builtin.ts';

/** Maps begin with the list of their sources, in every bundler's output; contents follow. */
const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 4 * 1024;
/** A file with its map inside is looked through only up to this size. */
const MAX_INLINE_BYTES = 16 * 1024 * 1024;
const MARKER = '//# sourceMappingURL=';

/** Whether the map of this own file, beside it or inside it, names files of packages. Never throws. */
export function isBundle(file: string): boolean {
  try {
    if (!/\.[cm]?js$/.test(file)) return false;
    const head = mapHeadOf(file);
    return head !== undefined && /"sources"\s*:\s*\[[^\]]*node_modules[\\/]/.test(head);
  } catch {
    return false;
  }
}

/** The beginning of its source map. */
function mapHeadOf(file: string): string | undefined {
  const { readFileSync, statSync } = builtin('node:fs');
  const { dirname, join } = builtin('node:path');
  const tail = part(file, 'end', TAIL_BYTES);
  const at = tail.lastIndexOf(MARKER);
  if (at >= 0) {
    const url = tail.slice(at + MARKER.length).split(/\s/)[0] ?? '';
    if (!url.startsWith('data:'))
      return part(join(dirname(file), decodeURI(url)), 'start', HEAD_BYTES);
  }
  if (statSync(file).size > MAX_INLINE_BYTES) return undefined;
  const text = readFileSync(file, 'latin1');
  const start = text.lastIndexOf(`${MARKER}data:application/json`);
  const comma = start < 0 ? -1 : text.indexOf(';base64,', start);
  if (comma < 0) return undefined;
  return Buffer.from(text.slice(comma + 8, comma + 8 + HEAD_BYTES), 'base64').toString();
}

function part(file: string, end: 'start' | 'end', bytes: number): string {
  const { closeSync, fstatSync, openSync, readSync } = builtin('node:fs');
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const read = readSync(
      descriptor,
      buffer,
      0,
      buffer.length,
      end === 'start' ? 0 : size - buffer.length,
    );
    return buffer.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
}
