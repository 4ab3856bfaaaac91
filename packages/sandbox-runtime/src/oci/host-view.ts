// What a sandbox without an image sees of the host: the directories of the base system, and the real
// interpreters wherever they live, all read-only. Never /etc, /root or /home as they are.
import { execFile } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { basename, delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from '@pilotlight/contracts';

const run = promisify(execFile);

/** A read-only mount of a file or directory of the host. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
}

/** One program, as it is found inside. */
export interface Toolchain {
  readonly name: string;
  /** Absolute path inside the sandbox. */
  readonly executable: string;
  /** What must be mounted beside the base for it to work. */
  readonly binds: readonly Bind[];
}

/** The part of the host that every sandbox sees. */
export interface HostBase {
  readonly binds: readonly Bind[];
  /** Symbolic links at the top, such as /bin -> usr/bin, by path. */
  readonly links: Readonly<Record<string, string>>;
}

const baseDirectories = [
  '/usr/bin',
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/libexec',
  '/usr/share',
];
const topDirectories = ['/bin', '/lib', '/lib32', '/lib64'];

/** Looks at the host's base system; on hosts without a merged /usr the top directories are mounts. */
export function findHostBase(): HostBase {
  const isLink = (path: string) => lstatSync(path).isSymbolicLink();
  const top = topDirectories.filter((path) => existsSync(path));
  return {
    binds: [
      ...baseDirectories.filter((path) => existsSync(path)),
      ...top.filter((p) => !isLink(p)),
    ].map((path) => ({ source: path, destination: path })),
    links: Object.fromEntries(top.filter(isLink).map((path) => [path, readlinkSync(path)])),
  };
}

const covered = (path: string, base: HostBase) =>
  base.binds.some((bind) => path === bind.source || path.startsWith(`${bind.source}/`));

function findOnPath(name: string, searchPath: string): string {
  for (const directory of searchPath.split(delimiter)) {
    const candidate = join(directory, name);
    try {
      if (!isAbsolute(directory)) continue;
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here: the next directory may have it, and the error below names all of them.
    }
  }
  throw new PlatformError('unavailable', `${name} is not installed (looked in ${searchPath}).`);
}

function isBinary(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(4);
    readSync(fd, magic, 0, 4, 0);
    return magic.toString('latin1') === '\x7fELF';
  } finally {
    closeSync(fd);
  }
}

/** Programs that may be shims, and how to ask them for the real one and the folders it needs. */
const questions: Readonly<Record<string, readonly string[]>> = {
  python3: [
    '-I',
    '-c',
    'import sys, sysconfig; print(sys.executable, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sep="\\n")',
  ],
  node: ['-p', 'process.execPath'],
};

async function askForPaths(name: string, found: string): Promise<readonly string[]> {
  const question = questions[name];
  if (question !== undefined) {
    const { stdout } = await run(found, [...question], { timeout: 10_000 });
    return stdout.trim().split('\n');
  }
  if (!isBinary(realpathSync(found))) {
    throw new PlatformError(
      'unavailable',
      `${found} is a script; the real ${name} cannot be found.`,
    );
  }
  return [found];
}

async function libraries(executable: string): Promise<readonly string[]> {
  try {
    const { stdout } = await run('ldd', [executable], { timeout: 10_000 });
    return [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap((match) => match[1] ?? []);
  } catch {
    // A statically linked program: ldd fails, and there is nothing to find.
    return [];
  }
}

/**
 * Finds the real program behind a name on PATH and what it needs. Rejects with `unavailable` where
 * it is not installed or is a shim that cannot be seen through. Starts the program once.
 */
export async function findToolchain(
  name: string,
  searchPath: string,
  base: HostBase,
): Promise<Toolchain> {
  const found = isAbsolute(name) ? name : findOnPath(name, searchPath);
  const [answer = found, ...folders] = await askForPaths(name, found);
  const executable = realpathSync(answer);
  const outside = [...new Set(await libraries(executable))]
    .filter((path) => !covered(realpathSync(path), base))
    .map((path) => ({ source: realpathSync(path), destination: path }));
  if (covered(executable, base)) return { name, executable, binds: outside };
  const home = `/opt/${basename(name)}`;
  const inside = join(home, 'bin', basename(name));
  return {
    name,
    executable: inside,
    binds: [
      { source: executable, destination: inside },
      ...[...new Set(folders)].map((path) => ({
        source: path,
        destination: join(home, basename(join(path, '..')), basename(path)),
      })),
      ...outside,
    ],
  };
}
