#!/usr/bin/env node
// Finds gVisor's runsc, or builds it with Go into the user's cache. Only templates that ask for
// `isolation: gvisor` need it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What is built. It needs Go 1.26, on whose memory layout it depends: an older gVisor built with a
 * newer Go starts, and crashes at the first fork.
 */
const version = 'v0.0.0-20260905035102-160fafc42237';

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const folder = join(cache, 'pilotlight/bin');
const built = join(folder, `runsc-${version}`);

const usage = `Usage: node setup/gvisor.mjs [--find]

Prints the path of gVisor's runsc; builds it where there is none on PATH (needs Go 1.26; two minutes).
  --find   never build
Exit code 0 with a path, 1 with a sentence on what to install.
`;

/** The path of runsc on PATH, else of the one built here, else undefined. A few stat calls. */
export function findGvisor() {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/bin', '/usr/local/sbin'];
  return [...folders.map((path) => join(path, 'runsc')), built].find((path) => existsSync(path));
}

/**
 * Answers `{path}`, or `{path: null, reason}` with what to install. `say` hears of the build before
 * it begins. Safe to call again, also from several processes.
 */
export function ensureGvisor({ say = () => {} } = {}) {
  const found = findGvisor();
  if (found) return { path: found };
  if (process.platform !== 'linux') return { path: null, reason: 'gVisor needs Linux.' };
  if (spawnSync('go', ['version']).status !== 0) {
    return {
      path: null,
      reason: 'gVisor is not installed; install runsc, or Go 1.26 to build it.',
    };
  }
  say(`Building gVisor ${version} with Go into ${folder}; this takes two minutes.`);
  const scratch = join(folder, `.runsc-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  const reported = `-X gvisor.dev/gvisor/runsc/version.version=${version}`;
  const flags = ['-trimpath', `-ldflags=-s -w ${reported}`];
  const { status, error, stderr } = spawnSync(
    'go',
    ['install', ...flags, `gvisor.dev/gvisor/runsc@${version}`],
    // It starts itself again where there are no libraries.
    { env: { ...process.env, GOBIN: scratch, CGO_ENABLED: '0' }, encoding: 'utf8' },
  );
  if (status !== 0) {
    return { path: null, reason: `gVisor could not be built: ${error?.message ?? stderr.trim()}` };
  }
  renameSync(join(scratch, 'runsc'), built);
  rmSync(scratch, { recursive: true });
  return { path: built };
}

function main(args) {
  const unknown = args.find((arg) => !['--find', '--help'].includes(arg));
  if (unknown || args.includes('--help')) {
    (unknown ? process.stderr : process.stdout).write(usage);
    return unknown ? 2 : 0;
  }
  const find = () => ({ path: findGvisor() ?? null, reason: 'gVisor is not installed.' });
  const say = (line) => process.stderr.write(`${line}\n`);
  const { path, reason } = args.includes('--find') ? find() : ensureGvisor({ say });
  (path ? process.stdout : process.stderr).write(`${path ?? reason}\n`);
  return path ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2));
