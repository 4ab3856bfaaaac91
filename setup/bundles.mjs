// The bundles of the services: made when something that they are made of has changed since.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { currentBundle } from '../packages/cli/src/platform/bundle.mjs';
import { projectNode } from './dependencies.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const bundler = join(checkout, 'setup/bundle-services.mjs');

/**
 * Makes those of `root` that are missing or stale and says so first; nothing to do costs 10 ms. Resolves
 * with the services that were bundled. Rejects with what the bundler says where a source does not compile;
 * the services then run from their sources, which say the same.
 */
export async function ensureBundles({ say, root = checkout }) {
  const stale = readdirSync(join(root, 'services')).filter(
    (service) => currentBundle(root, service) === undefined,
  );
  if (stale.length === 0) return stale;
  say(`Bundling ${stale.join(', ')} …`);
  try {
    await promisify(execFile)(projectNode, [bundler, root, ...stale]);
  } catch (error) {
    throw new Error(`The services cannot be bundled: ${error.stderr || error.message}`);
  }
  return stale;
}
