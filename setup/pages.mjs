// The pages of the gateway: built when what they are made of is newer than what was built.
import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectNode } from './dependencies.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const web = join(root, 'services/gateway/web');

/** Says so first where there is something to build. Rejects with one sentence where the build fails. */
export async function ensurePages({ say }) {
  if (builtAt() > newestSource()) return;
  say('Building the pages …');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  try {
    await promisify(execFile)(projectNode, [vite, 'build', web, '--logLevel', 'warn']);
  } catch (error) {
    throw new Error(`The pages cannot be built: ${error.stderr || error.message}`);
  }
}

/** Written last of all, the HTML is as old as the build; 0 where there is none. */
function builtAt() {
  const pages = ['index.html', 'dashboard.html', 'functions.html'].map((name) =>
    join(web, 'dist', name),
  );
  return Math.min(...pages.map((page) => modifiedAt(page)));
}

function newestSource() {
  const sources = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !path.startsWith(join(web, 'dist')) && !path.includes('.test.'));
  const others = [
    'package-lock.json',
    'services/gateway/package.json',
    'packages/contracts/src/load-tree.ts',
  ];
  const paths = [...sources, ...others.map((path) => join(root, path))];
  return Math.max(...paths.map((path) => modifiedAt(path)));
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
