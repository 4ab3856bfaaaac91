// Distributions keep the settings of some programs in /etc, which no sandbox sees, and link to them
// from where the program looks.
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

const readableByAll = 0o004;

/**
 * The regular files that absolute links in a folder lead to, as far as `isOutside` agrees and
 * everybody on this host may read them. Their paths are as the links say.
 */
export function linkedFiles(
  folder: string,
  isOutside: (path: string) => boolean,
): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    if (!entry.isSymbolicLink()) return [];
    const target = readlinkSync(join(entry.parentPath, entry.name));
    if (!isAbsolute(target)) return [];
    const status = statSync(target, { throwIfNoEntry: false });
    const isReadable = status?.isFile() === true && (status.mode & readableByAll) !== 0;
    return isReadable && isOutside(target) ? [target] : [];
  });
}
