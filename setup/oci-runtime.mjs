#!/usr/bin/env node
// Finds an OCI runtime (crun or runc), or installs crun from the distribution where that is
// possible. Only Linux has any.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of crun, else of runc, else undefined. */
export function findOciRuntime() {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  const candidates = ['crun', 'runc'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return candidates.find((path) => existsSync(path));
}

/**
 * Answers `{runtime}` with its path, or `{runtime: null, reason}` with what to install. `say`
 * hears of an installation before it begins. Costs a few stat calls when there is one.
 */
export function ensureOciRuntime({ say = () => {} } = {}) {
  if (process.platform !== 'linux') {
    return { runtime: null, reason: 'Sandboxes without Docker need Linux; start Docker.' };
  }
  const found = findOciRuntime();
  if (found) return { runtime: found };
  const byHand = 'install crun (or runc) with your package manager, or start Docker';
  if (process.getuid() !== 0) return none(`No OCI runtime, and no root to install one: ${byHand}.`);
  if (!existsSync('/usr/bin/apt-get')) return none(`No OCI runtime: ${byHand}.`);
  say('Installing the package crun with apt-get: it makes the sandboxes.');
  if (!apt('update', '-qq') || !apt('install', '-y', '-qq', '--no-install-recommends', 'crun')) {
    return none(`apt-get could not install crun (its output is above): ${byHand}.`);
  }
  const installed = findOciRuntime();
  return installed ? { runtime: installed } : none(`The package crun has no crun: ${byHand}.`);
}

function none(reason) {
  return { runtime: null, reason };
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { runtime, reason } = ensureOciRuntime({
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${runtime ?? reason}\n`);
  process.exitCode = runtime ? 0 : 1;
}
