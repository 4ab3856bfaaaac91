// Installs the npm packages of this checkout where they are missing or older than the lock file.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The Node that everything runs under, whatever the system's own version. */
export const projectNode = join(root, 'node_modules/.bin/node');

/**
 * Answers what to do, in one sentence, where the packages cannot be had; undefined when all is in
 * place. Costs two stat calls when there is nothing to do.
 */
export function ensureDependencies({ say = () => {} } = {}) {
  if (areCurrent()) return undefined;
  say('Installing npm packages into this folder (npm ci).');
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const [file, ...args] = [...command, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(file, args, options);
  if (error) return `npm could not be started (${error.message}); install it and try again.`;
  if (status !== 0) return 'npm ci failed; its output is above. Mend that and try again.';
  if (existsSync(projectNode)) return undefined;
  return 'npm ci did not install the package "node"; allow its install script and run npm ci again.';
}

function areCurrent() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed) || !existsSync(projectNode)) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}
