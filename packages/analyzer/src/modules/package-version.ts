// Versions of packages, read when a report is made: never while modules load.
import { builtin } from '../builtin.ts';

/** No version is longer in earnest. */
const MAX_LENGTH = 64;

/** A reader that asks the disk once per folder; undefined where package.json tells no version. */
export function createVersionReader(): (packageRoot: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (packageRoot) => {
    if (!known.has(packageRoot)) known.set(packageRoot, readVersion(packageRoot));
    return known.get(packageRoot);
  };
}

function readVersion(packageRoot: string): string | undefined {
  try {
    const { version } = JSON.parse(
      builtin('node:fs').readFileSync(`${packageRoot}/package.json`, 'utf8'),
    ) as { version?: unknown };
    return typeof version === 'string' && version !== '' ? version.slice(0, MAX_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}
