// The npm packages of a template, exactly as its lock file names them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { PlatformFile } from '../../driver.ts';
import { platformDirectory } from '../../platform-path.ts';
import type { HostCommand } from './host-command.ts';

/** `--include=dev`: dev servers are such dependencies. Scripts of packages never run on the host. */
export const installCommand = [
  ...['npm', 'ci', '--include=dev', '--ignore-scripts'],
  ...['--no-audit', '--no-fund', '--no-update-notifier'],
];

/** How many packages a lock file names, beside the project itself. */
export function countPackages(lockFile: string): number {
  const lock: unknown = JSON.parse(lockFile);
  if (typeof lock !== 'object' || lock === null || !('packages' in lock)) return 0;
  return Object.keys(lock.packages ?? {}).filter((path) => path !== '').length;
}

export interface NpmInstall {
  /** The folder below /pilotlight. */
  readonly folder: string;
  readonly files: readonly PlatformFile[];
  /** Where node_modules is made. */
  readonly target: string;
  readonly say: (step: string) => void;
  readonly run: (argv: HostCommand['argv'], cwd: string) => Promise<string>;
}

/** Installs into `target/node_modules`, with the operator's own npm configuration and cache. */
export async function installNpmPackages(install: NpmInstall): Promise<void> {
  const { folder, files, target, say, run } = install;
  const contents = ['package.json', 'package-lock.json'].map((name) => {
    const path = join(platformDirectory, folder, name);
    const content = files.find((file) => file.path === path)?.content;
    if (content !== undefined) return { name, content };
    throw new PlatformError('unavailable', `The template has no file ${path} to install from.`);
  });
  for (const { name, content } of contents) writeFileSync(join(target, name), content);
  say(`installing ${countPackages(contents[1]?.content ?? '{}')} npm packages`);
  await run(installCommand, target);
}
