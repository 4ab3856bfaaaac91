// The files of a template as the catalogue hands them to drivers, for tests of one template.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlatformFile } from '../driver.ts';
import { platformDirectory } from '../platform-path.ts';

const templates = fileURLToPath(new URL('../../../../templates/', import.meta.url));

function below(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path).flatMap((name) => below(join(path, name)));
}

/**
 * What template.yaml names as `runner.files`, folders with all that is below them and files that
 * templates share, and the init.
 */
export function templateFiles(template: string, names: readonly string[]): readonly PlatformFile[] {
  const folder = join(templates, template);
  const isShared = (name: string) => !existsSync(join(folder, name));
  const own = names.filter((name) => !isShared(name)).flatMap((name) => below(join(folder, name)));
  const shared = ['init.sh', ...names.filter(isShared)].map((name) => join(templates, name));
  const file = (path: string, from: string): PlatformFile => ({
    path: join(platformDirectory, relative(from, path)),
    content: readFileSync(path, 'utf8'),
  });
  return [...shared.map((path) => file(path, templates)), ...own.map((path) => file(path, folder))];
}
