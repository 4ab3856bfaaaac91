// What npm adds to a template's dependencies when more packages are installed beside them.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';

/** package.json and package-lock.json; the lock is empty where there is none yet. */
export interface NpmManifest {
  readonly packageJson: string;
  readonly packageLock: string;
}

/** A project without dependencies, for templates that bring none. */
export const emptyManifest: NpmManifest = {
  packageJson: '{"name":"workspace","version":"1.0.0","private":true}\n',
  packageLock: '',
};

/** `--save-exact` and the lock: what is there already stays as it is. Scripts never run on the host. */
export function installCommand(packages: readonly string[]): string[] {
  return [
    ...['nice', 'npm', 'install', '--include=dev', '--save-exact', '--ignore-scripts'],
    ...['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline'],
    // Whoever waits is told soon that there is no network.
    ...['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000'],
    // Sandboxes are Linux, also where their host is not.
    ...['--os=linux', '--libc=glibc', `--cpu=${process.arch}`],
    ...['--', ...packages],
  ];
}

/** Packages by their path (`node_modules/vite`), as a lock file has them. */
export function lockedVersions(packageLock: string): ReadonlyMap<string, string> {
  const lock: unknown = packageLock === '' ? {} : JSON.parse(packageLock);
  const packages =
    typeof lock === 'object' && lock !== null && 'packages' in lock ? lock.packages : {};
  return new Map(
    Object.entries(packages ?? {})
      .filter(([path]) => path !== '')
      .map(([path, { version, resolved }]) => [path, `${version} ${resolved}`]),
  );
}

/**
 * The paths that are new, without those inside of others that are. Throws `unavailable` where the new
 * packages would change what is there, which is shared by sandboxes that run.
 */
export function addedPaths(before: string, after: string): readonly string[] {
  const old = lockedVersions(before);
  const added: string[] = [];
  for (const [path, version] of lockedVersions(after)) {
    const known = old.get(path);
    if (known === version) continue;
    if (known !== undefined || [...old.keys()].some((other) => path.startsWith(`${other}/`))) {
      const name = path.slice('node_modules/'.length);
      throw new PlatformError('unavailable', `They need another ${name} than the template has.`);
    }
    added.push(path);
  }
  return added.filter((path) => !added.some((other) => path.startsWith(`${other}/`)));
}

export interface NpmLayer {
  readonly base: NpmManifest;
  readonly packages: readonly string[];
  /** Empty; receives `files/node_modules` with what is new, package.json and package-lock.json. */
  readonly target: string;
  readonly run: (argv: readonly string[], cwd: string) => Promise<unknown>;
}

/** Returns the new paths below `files`: packages, and the links to their programs. */
export async function makeNpmLayer({ base, packages, target, run }: NpmLayer): Promise<string[]> {
  const project = join(target, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), base.packageJson);
  if (base.packageLock !== '') writeFileSync(join(project, 'package-lock.json'), base.packageLock);
  await run(installCommand(packages), project);
  const after = readFileSync(join(project, 'package-lock.json'), 'utf8');
  // Optional packages for other machines are in the lock and not on the disk.
  const paths = addedPaths(base.packageLock, after).filter((path) =>
    existsSync(join(project, path)),
  );
  const links = programLinks(project).filter(({ leadsTo }) =>
    paths.some((path) => leadsTo.startsWith(`${path}/`)),
  );
  const moved = [...paths, ...links.map(({ path }) => path)];
  for (const path of moved) {
    mkdirSync(dirname(join(target, 'files', path)), { recursive: true });
    await rename(join(project, path), join(target, 'files', path));
  }
  for (const name of ['package.json', 'package-lock.json']) {
    await rename(join(project, name), join(target, name));
  }
  await run(['rm', '-rf', project], target);
  return moved;
}

function programLinks(project: string): { readonly path: string; readonly leadsTo: string }[] {
  const folder = 'node_modules/.bin';
  if (!existsSync(join(project, folder))) return [];
  return readdirSync(join(project, folder)).map((name) => {
    const path = `${folder}/${name}`;
    return { path, leadsTo: normalize(join(folder, readlinkSync(join(project, path)))) };
  });
}
