// The Debian packages of a template, unpacked and not installed: nothing of the host changes, and no
// script of a package runs. What the host has installed is seen by every sandbox anyway.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { HostCommand } from './host-command.ts';

/** One package as apt would install it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** What `apt-get --simulate install` says it would install. */
export function parseSimulation(said: string): readonly DebianPackage[] {
  const line = /^Inst (\S+?)(?::\w+)?(?: \[[^\]]*\])? \((\S+) [^)]*\[(\w+)\]\)/gm;
  return [...said.matchAll(line)].map(([, name = '', version = '', architecture = '']) => ({
    name,
    version,
    architecture,
  }));
}

export interface DebianInstall {
  readonly packages: readonly string[];
  /** Where `debian` is made. */
  readonly target: string;
  readonly say: (step: string) => void;
  readonly run: (argv: HostCommand['argv'], cwd: string) => Promise<string>;
}

/** Downloads the packages and what they need that the host does not have. */
async function download(install: DebianInstall, folder: string, options: readonly string[]) {
  const { packages, say, run } = install;
  // --reinstall: those that are asked for come along even if the host has them.
  const simulate = ['--simulate', '--reinstall', '--no-install-recommends', 'install', '--'];
  const found = parseSimulation(
    await run(['apt-get', ...options, ...simulate, ...packages], folder),
  );
  const wanted = found.map((p) => `${p.name}:${p.architecture}=${p.version}`);
  if (wanted.length === 0) {
    throw new PlatformError('unavailable', `apt-get does not know ${packages.join(', ')}.`);
  }
  say(`installing ${wanted.length} Debian packages`);
  await run(['apt-get', ...options, '--quiet', 'download', '--', ...wanted], folder);
}

/**
 * Unpacks the packages below `target/debian`. Where this host's lists are missing or outdated, it
 * fetches lists of its own for once and tries again.
 */
export async function installDebianPackages(install: DebianInstall): Promise<void> {
  const { target, say, run } = install;
  const folder = join(target, '.debian');
  const lists = join(folder, 'lists');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  try {
    await download(install, folder, []).catch(async () => {
      const own = [
        `Dir::State::Lists=${lists}`,
        'Dir::Cache::pkgcache=',
        'Dir::Cache::srcpkgcache=',
      ].flatMap((option) => ['-o', option]);
      say('fetching lists of Debian packages');
      await run(['apt-get', ...own, '--quiet', 'update'], folder);
      await download(install, folder, own);
    });
    mkdirSync(join(target, 'debian'), { recursive: true });
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
      await run(['dpkg-deb', '--extract', join(folder, name), join(target, 'debian')], folder);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
