// What a module is called in a report. Pure: file names in, names out.

/** The server keeps no longer ones. */
export const MAX_NAME_LENGTH = 255;

/** Where a file belongs. `packageRoot` is the folder of its package, and undefined for own files. */
export interface ModulePlace {
  readonly name: string;
  readonly packageRoot: string | undefined;
}

const slashes = (path: string): string => path.replaceAll('\\', '/');

/** Cut in the middle: both ends of a path tell something. */
export function bounded(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name;
  return `${name.slice(0, 120)}...${name.slice(-132)}`;
}

/** Between a bundle's file and the path that a module had when it was bundled; in no file's name. */
const BUNDLED = '\0';

/** Id of a module inside of a bundle. */
export const bundledId = (file: string, key: string): string => file + BUNDLED + key;

/** The file that an id is in, and the path that the module had if that is a bundle. */
export function partsOf(id: string): { readonly file: string; readonly bundled?: string } {
  const at = id.indexOf(BUNDLED);
  return at < 0 ? { file: id } : { file: id.slice(0, at), bundled: id.slice(at + 1) };
}

/** Builtins, and sums of modules. */
export const hasNoFile = (id: string): boolean => id.startsWith('node:') || id.startsWith('(');

/** The path of a file from the folder `base`, both absolute; with forward slashes. */
export function pathFrom(base: string, file: string): string {
  const to = slashes(partsOf(file).file);
  const from = slashes(base)
    .split('/')
    .filter((it) => it !== '');
  const parts = to.split('/').filter((it) => it !== '');
  let same = 0;
  while (same < from.length && same < parts.length - 1 && from[same] === parts[same]) same += 1;
  // Another drive of Windows, or nothing in common at all: the path itself says more.
  if (same === 0 && from.length > 0) return bounded(to);
  return bounded([...from.slice(same).map(() => '..'), ...parts.slice(same)].join('/'));
}

/**
 * A package's name for what lies below a `node_modules` (the innermost: pnpm and npm nest them), else the
 * path from `base`, the function's folder, without its extension.
 */
export function placeOf(file: string, base: string): ModulePlace {
  if (hasNoFile(file)) return { name: file, packageRoot: undefined };
  const { bundled } = partsOf(file);
  // With a slash, because a bundled path begins with `node_modules`.
  const full = slashes(bundled === undefined ? file : file.replace(BUNDLED, `${BUNDLED}/`));
  const marker = '/node_modules/';
  const at = full.lastIndexOf(marker);
  if (at >= 0) {
    const [first = '', second = ''] = full.slice(at + marker.length).split('/', 2);
    const name = first.startsWith('@') && second !== '' ? `${first}/${second}` : first;
    return { name: bounded(name), packageRoot: full.slice(0, at + marker.length) + name };
  }
  const own = (bundled ?? pathFrom(base, full)).replace(/\.[cm]?[jt]sx?$/, '');
  return {
    name: bounded(/^(\.\.?\/|\/|[A-Za-z]:)/.test(own) ? own : `./${own}`),
    packageRoot: undefined,
  };
}
