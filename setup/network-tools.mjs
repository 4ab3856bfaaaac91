#!/usr/bin/env node
// The host's programs that open doors in sandboxes: ports inside, and a way out. Without them the rest
// works.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onPath } from './docker-engine/probe.mjs';

/** Programs by the Debian package that has them; gVisor on `oci` needs `ip`. */
const programs = { socat: 'socat', slirp4netns: 'slirp4netns', nft: 'nftables', ip: 'iproute2' };

/**
 * Installs what is missing where that is possible (Debian, root); `say` hears of it before. Answers
 * what to install by hand, in one sentence, or undefined. Costs a few stat calls when all is there.
 */
export function ensureNetworkTools({ say = () => {} } = {}) {
  if (process.platform !== 'linux') return undefined;
  const missing = () => Object.keys(programs).filter((program) => !onPath(program));
  const packages = missing().map((program) => programs[program]);
  if (packages.length === 0) return undefined;
  const list = packages.join(', ');
  const byHand = `Ports and networks of sandboxes need ${list}: install them with your package manager.`;
  if (process.getuid() !== 0 || !onPath('apt-get')) return byHand;
  say(`Installing with apt-get, for ports and networks of sandboxes: ${list}.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status === 0;
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  return missing().length === 0 ? undefined : byHand;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reason = ensureNetworkTools({ say: (line) => process.stderr.write(`${line}\n`) });
  if (reason) process.stderr.write(`${reason}\n`);
  process.exitCode = reason ? 1 : 0;
}
