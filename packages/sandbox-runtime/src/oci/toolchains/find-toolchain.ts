// Finds the real program behind a name on PATH, and what has to be mounted for it to work inside.
import { execFile } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from '@pilotlight/contracts';
import { type Bind, type HostBase, isInBase } from '../host-view.ts';
import { linkedFiles } from './linked-files.ts';
import { type Answer, type Part, questions, type Run } from './questions.ts';

const execute = promisify(execFile);

/** One program, as it is found inside. */
export interface Toolchain {
  readonly name: string;
  /** Dotted numbers, such as 3.11.2; empty where it does not tell. */
  readonly version: string;
  /** Changes with the program: what was made with it is then made again. */
  readonly identity: string;
  /** Absolute path inside the sandbox. */
  readonly executable: string;
  /** What must be mounted beside the base for it to work. */
  readonly binds: readonly Bind[];
  /** Files outside the base that its own links lead to, to be copied to the same path inside. */
  readonly copies: readonly string[];
}

function candidates(name: string, searchPath: string): readonly string[] {
  if (isAbsolute(name)) return [name];
  return searchPath
    .split(delimiter)
    .filter(isAbsolute)
    .map((directory) => join(directory, name))
    .filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, which is what was asked.
    return false;
  }
}

/** In `/`, where no project has a say in which version a shim takes, and none is downloaded. */
const run: Run = async (program, args) => {
  const answer = execute(
    '/usr/bin/env',
    ['GOTOOLCHAIN=local', 'GOFLAGS=', 'LC_ALL=C', program, ...args],
    { cwd: '/', timeout: 20_000 },
  );
  answer.child.stdin?.end();
  const { stdout, stderr } = await answer;
  return `${stdout}${stderr}`;
};

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

/** Of a program that nothing is known about, which is all there is of it unless it is a script. */
async function plainAnswer(name: string, found: string): Promise<Answer> {
  const executable = realpathSync(found);
  if (!isBinary(executable)) {
    throw new PlatformError('unavailable', `${found} is a script; the real ${name} is not known`);
  }
  // Some have no version, or no such option.
  const version = await run(executable, ['--version']).catch(() => '');
  return { executable, version, parts: [{ source: executable, at: `bin/${basename(name)}` }] };
}

/** Asks each program of that name on PATH until one answers. */
async function askOne(name: string, searchPath: string): Promise<Answer> {
  const question = questions[basename(name)];
  const install = question?.install ?? name;
  const problems: string[] = [];
  for (const found of candidates(name, searchPath)) {
    try {
      return await (question?.ask(found, run) ?? plainAnswer(name, found));
    } catch (thrown) {
      problems.push(
        thrown instanceof PlatformError ? thrown.message : `${found} does not work here`,
      );
    }
  }
  throw new PlatformError(
    'unavailable',
    problems.length === 0
      ? `${name} is not installed; install ${install} (looked in ${searchPath}).`
      : `${name} cannot be used: ${problems.join('; ')}. Install ${install}.`,
  );
}

async function libraries(path: string): Promise<readonly string[]> {
  try {
    const { stdout } = await execute('ldd', [path], { timeout: 10_000 });
    return [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap((match) => match[1] ?? []);
  } catch {
    // A statically linked program: ldd fails, and there is nothing to find.
    return [];
  }
}

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** Where a file of the program is inside, given that its parts are put below `home`. */
function movedPath(path: string, parts: readonly Part[], home: string): string {
  const part = parts.find(({ source }) => isWithin(path, source));
  return part === undefined ? path : join(home, part.at, path.slice(part.source.length));
}

/** Text that other programs print with the version in it, to dotted numbers. */
export const dottedNumbers = (text: string) => /\d+(?:\.\d+)+/.exec(text)?.[0] ?? '';

function identityOf({ executable, version }: Answer): string {
  const { mtimeMs, size } = statSync(executable);
  return JSON.stringify([executable, mtimeMs, size, version.trim()]);
}

/**
 * Finds a program and what it needs. Rejects with `unavailable` and what to install where it is
 * missing, or is a shim that cannot be seen through. Starts the program once or a few times.
 */
export async function findToolchain(
  name: string,
  searchPath: string,
  base: HostBase,
): Promise<Toolchain> {
  const answer = await askOne(name, searchPath);
  const { executable, parts, folders = [], loads = [], linksFrom } = answer;
  const isOutside = (path: string) => !isInBase(realpathSync(path), base);
  const loaded = (await Promise.all([executable, ...loads].map(libraries))).flat();
  const isBase = isInBase(executable, base);
  const isMoved = (path: string) =>
    !isBase && parts.some(({ source }) => isWithin(realpathSync(path), source));
  const beside = [...new Set([...loaded, ...folders])]
    .filter((path) => isOutside(path) && !isMoved(path))
    .map((path) => ({ source: realpathSync(path), destination: path }));
  const home = `/opt/${basename(name)}`;
  const moved = parts.map(({ source, at }) => ({ source, destination: join(home, at) }));
  return {
    name,
    version: dottedNumbers(answer.version),
    identity: identityOf(answer),
    executable: isBase ? executable : movedPath(executable, parts, home),
    binds: isBase ? beside : [...moved, ...beside],
    copies: linksFrom === undefined ? [] : linkedFiles(linksFrom, isOutside),
  };
}
