// Which files are no part of the function: the SDK's own and the runtime's, which load in every function.
import { builtin } from '../builtin.ts';

/** Where the build puts the SDK's files. Told by name and not by this file's place: this may be in a user's bundle. */
const SDK_FILE = /[\\/]dist[\\/](?:index|register)\.c?js$/;
const SDK_NAME = '@pilotlight/analyzer';

/**
 * Whether a file is left out of reports. `runtimeFolder` is LAMBDA_RUNTIME_DIR; packages below it are a
 * choice of the function's (older runtimes bring AWS's SDK there), and stay.
 */
export function createLeftOut(
  runtimeFolder: string | undefined,
  functionFolder: string,
): (file: string) => boolean {
  const { sep } = builtin('node:path');
  const below = (folder: string) => (folder.endsWith(sep) ? folder : folder + sep);
  const runtime = runtimeFolder === undefined ? undefined : below(runtimeFolder);
  // Where the function lies inside, the folder tells nothing.
  const tells = runtime !== undefined && !below(functionFolder).startsWith(runtime);
  return (file) => {
    if (tells && file.startsWith(runtime)) return !file.includes('node_modules', runtime.length);
    const at = file.search(SDK_FILE);
    return at >= 0 && nameOf(file.slice(0, at)) === SDK_NAME;
  };
}

function nameOf(folder: string): unknown {
  try {
    const text = builtin('node:fs').readFileSync(`${folder}/package.json`, 'utf8');
    return (JSON.parse(text) as { name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}
