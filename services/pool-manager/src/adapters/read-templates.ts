// templates/ on disk: each folder with a template.yaml, and what every template shares.
import { isUtf8 } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { prefetchFile } from '../domain/prefetch-rules.ts';
import type { FolderFiles, TemplateFolder, TemplatesDirectory } from '../domain/template-folder.ts';
import { parseTemplateYaml } from './parse-template-yaml.ts';

const definition = 'template.yaml';
/** What tools leave while somebody works on a template is no part of it. */
const ignored = new Set(['node_modules', '__pycache__']);

/**
 * Everything that the catalogue is made of; only the folders in `only`, where that is given.
 * Rejects where the directory cannot be read.
 */
export async function readTemplates(
  directory: string,
  only?: readonly string[],
): Promise<TemplatesDirectory> {
  const entries = await readdir(directory, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const wanted = folders.filter((folder) => only?.includes(folder) ?? true).toSorted();
  const read = await Promise.all(wanted.map((folder) => readFolder(directory, folder)));
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const { texts } = await readFiles(directory, files);
  const prefetch = texts.get(prefetchFile);
  return {
    folders: read.filter((folder) => folder !== undefined),
    missing: only?.filter((name) => !folders.includes(name)) ?? [],
    shared: texts,
    ...(prefetch !== undefined && { prefetch: parseTemplateYaml(prefetch) }),
  };
}

async function readFolder(directory: string, folder: string): Promise<TemplateFolder | undefined> {
  const path = join(directory, folder);
  const names = await filesBelow(path);
  if (!names.includes(definition)) return undefined;
  const files = await readFiles(
    path,
    names.filter((name) => name !== definition),
  );
  const yaml = await readFile(join(path, definition), 'utf8');
  return { folder, document: parseTemplateYaml(yaml), files };
}

/** Regular files, by their path below the folder; links are not followed. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  return paths.filter((path) => !path.split('/').some((part) => ignored.has(part))).toSorted();
}

async function readFiles(folder: string, names: readonly string[]): Promise<FolderFiles> {
  const texts = new Map<string, string>();
  const binary = new Set<string>();
  await Promise.all(
    names.map(async (name) => {
      const content = await readFile(join(folder, name));
      if (isUtf8(content) && !content.includes(0)) texts.set(name, content.toString('utf8'));
      else binary.add(name);
    }),
  );
  return { texts, binary };
}
