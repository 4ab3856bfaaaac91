// templates/<name>/ on disk.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { TemplateFolder, TemplatesDirectory } from '../domain/catalogue.ts';

const definition = 'template.yaml';

/** Everything that the catalogue is made of. Rejects where the directory cannot be read. */
export async function readTemplates(directory: string): Promise<TemplatesDirectory> {
  const entries = await readdir(directory, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const read = await Promise.all(folders.toSorted().map((folder) => readFolder(directory, folder)));
  return {
    folders: read.filter((folder) => folder !== undefined),
    shared: await readFiles(directory),
  };
}

async function readFolder(directory: string, folder: string): Promise<TemplateFolder | undefined> {
  const files = await readFiles(join(directory, folder));
  const text = files.get(definition);
  if (text === undefined) return undefined;
  files.delete(definition);
  return { folder, document: parseYaml(text), files };
}

async function readFiles(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const texts = names.map(async (name): Promise<[string, string]> => {
    return [name, await readFile(join(directory, name), 'utf8')];
  });
  return new Map(await Promise.all(texts));
}

function parseYaml(text: string): TemplateFolder['document'] {
  try {
    return { value: parse(text) };
  } catch (thrown) {
    return { problem: `is not YAML: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
}
