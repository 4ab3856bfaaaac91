// Debian packages for a sandbox that runs: unpacked into a folder of its workspace, where Python finds
// their modules by PYTHONPATH.
import { mkdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { installDebianPackages } from '../oci/artefacts/debian-packages.ts';

/** Below /workspace. */
export const debianFolder = '.packages';

/** Half of most packages, and nothing that a program reads. */
const dispensable = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/lintian'];

export interface DebianLayer {
  readonly packages: readonly string[];
  /** Empty; receives `files`. */
  readonly target: string;
  readonly run: (argv: readonly string[], cwd: string) => Promise<string>;
}

/** Returns the new paths below `files`. */
export async function makeDebianLayer({ packages, target, run }: DebianLayer): Promise<string[]> {
  const say = () => undefined;
  await installDebianPackages({ packages, target, say, run });
  for (const path of dispensable) {
    rmSync(join(target, 'debian', path), { recursive: true, force: true });
  }
  mkdirSync(join(target, 'files'));
  await rename(join(target, 'debian'), join(target, 'files', debianFolder));
  return [debianFolder];
}
