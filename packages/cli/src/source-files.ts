// Reads what is to be run from the disk: files and folders, as they will lie in the sandbox's
// workspace. Nothing is read that the caller did not name: links do not lead out of a folder.
import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { limits, pathProblem } from '@pilotlight/contracts';
import { found, refused } from './local-files.ts';

export interface Sources {
  readonly files: readonly SourceFile[];
  /** The path of the first name, where that is a file. */
  readonly first: string | undefined;
}

export interface SourceFile {
  /** In the workspace, with `/` between its parts. */
  readonly path: string;
  readonly content: Uint8Array;
}

/**
 * Files and everything below folders, without hidden entries, by name. One folder becomes the
 * workspace itself; of several names the folder that they have in common does. Rejects with
 * `not_found` for what cannot be read, and with `invalid_argument` for what may not be sent.
 */
export async function readSources(names: readonly string[]): Promise<Sources> {
  const roots = await Promise.all(names.map(rootOf));
  const isOneFolder = roots.length === 1 && roots[0]?.isFolder === true;
  const folders = roots.map(({ path }) => (isOneFolder ? path : dirname(path)));
  const base = commonFolder(folders);
  const toRead = new Map<string, string>();
  for (const root of roots) {
    for await (const file of filesOf(root)) {
      const path = pathBelow(base, file.name);
      const problem = pathProblem(path);
      if (problem !== undefined) throw refused(`${file.name}: its path ${problem}.`);
      toRead.set(path, file.target);
      if (toRead.size > limits.maxFiles) {
        throw refused(`There are more than ${limits.maxFiles} files. Name those that are needed.`);
      }
    }
  }
  if (toRead.size === 0) throw refused(`There is no file in ${names.join(', ')}.`);
  const [first] = roots;
  return {
    files: await readAll(toRead),
    first: first?.isFolder === false ? pathBelow(base, first.path) : undefined,
  };
}

function pathBelow(base: string, name: string): string {
  return relative(base, name).split(sep).join('/');
}

interface Root {
  /** Absolute. */
  readonly path: string;
  readonly isFolder: boolean;
}

async function rootOf(name: string): Promise<Root> {
  const path = resolve(name);
  return { path, isFolder: (await found(name, () => stat(path))).isDirectory() };
}

function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => folder.split(sep));
  const differs = (part: string, at: number) => others.some((other) => other[at] !== part);
  const shared = first.findIndex(differs);
  const parts = shared < 0 ? first : first.slice(0, shared);
  return parts.join(sep) || sep;
}

interface FoundFile {
  /** Where it was found. */
  readonly name: string;
  /** What is read: behind a link, another file. */
  readonly target: string;
}

async function* filesOf({ path, isFolder }: Root): AsyncGenerator<FoundFile> {
  if (isFolder) yield* filesBelow(path, await found(path, () => realpath(path)));
  else yield { name: path, target: path };
}

async function* filesBelow(folder: string, realRoot: string): AsyncGenerator<FoundFile> {
  const entries = await found(folder, () => readdir(folder, { withFileTypes: true }));
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) yield* filesBelow(name, realRoot);
    else if (entry.isFile()) yield { name, target: name };
    else if (entry.isSymbolicLink()) yield { name, target: await linked(name, realRoot) };
    else throw refused(`${name} is neither a file nor a folder.`);
  }
}

/** The file behind a link that stays below the folder. Links to folders could go in circles. */
async function linked(name: string, realRoot: string): Promise<string> {
  const target = await found(name, () => realpath(name));
  if (!target.startsWith(join(realRoot, sep))) throw refused(`${name} links out of its folder.`);
  const info = await found(name, () => stat(target));
  if (!info.isFile()) throw refused(`${name} links to something that is no file.`);
  return target;
}

/** Sizes come first, so that a folder of films is not read to be refused. */
async function readAll(files: ReadonlyMap<string, string>): Promise<SourceFile[]> {
  let bytes = 0;
  const add = ({ size }: Pick<Stats, 'size'>) => {
    bytes += size;
    if (bytes > limits.maxSourceBytes) throw refused('The files are more than 1 MiB together.');
  };
  for (const target of files.values()) add(await found(target, () => stat(target)));
  const sources: SourceFile[] = [];
  bytes = 0;
  for (const [path, target] of files) {
    const content = await found(target, () => readFile(target));
    add({ size: content.length });
    sources.push({ path, content });
  }
  return sources;
}
