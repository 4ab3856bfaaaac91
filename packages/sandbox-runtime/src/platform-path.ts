// Where files that the platform gives to a sandbox may be.
import { posix } from 'node:path';
import { invalidFields } from '@pilotlight/contracts';

/** The folder in which the platform's own files appear. */
export const platformDirectory = '/pilotlight';

/** The folder in which what all sandboxes of a template share appears. */
export const artefactsDirectory = '/opt/pilotlight';

/**
 * A template file's path relative to `folder`. Throws `invalid_argument` for one that is not below
 * /pilotlight as it is written, without `..` or empty parts.
 */
export function pathBelow(folder: string, path: string): string {
  const isBelow = path.startsWith(`${platformDirectory}/`) && !path.endsWith('/');
  if (!isBelow || posix.normalize(path) !== path) {
    throw invalidFields([
      { field: 'template.files', problem: `${path} is not a path below ${platformDirectory}` },
    ]);
  }
  return posix.relative(folder, path);
}
