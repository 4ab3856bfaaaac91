// Where the bundle of a service is, and whether it is what its sources would make now. Plain JavaScript,
// because set-up asks the same question before anything that strips types can run.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of a service's bundle. */
export function bundleFolderOf(root, service) {
  return join(root, 'services', service, 'dist');
}

/**
 * The bundle's entry; undefined where there is none or one of the files that it was made of has changed
 * since. A source that is gone does not count: a deployment may leave them out, and in a checkout what
 * imported it has changed too. Costs a stat call for each source, 2 ms for a service.
 */
export function currentBundle(root, service) {
  const folder = bundleFolderOf(root, service);
  const { builtAt, sources } = recordOf(folder);
  const changed = (path) => modifiedAt(join(root, path)) > builtAt;
  return sources === undefined || sources.some(changed) ? undefined : join(folder, 'main.js');
}

/** What the bundler wrote last: when it began (ms since 1970), and what it read, relative to the checkout. */
function recordOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'sources.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
