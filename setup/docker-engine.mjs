#!/usr/bin/env node
// Finds a Docker engine, or installs Docker and runs a private one.
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  privateHost,
  registerGvisor,
  startPrivateEngine,
  stopPrivateEngine,
} from './docker-engine/private-engine.mjs';
import { answers, onPath } from './docker-engine/probe.mjs';

const usage = `Usage: node setup/docker-engine.mjs [--start | --stop] [--json]

Looks for a Docker engine: DOCKER_HOST, else the usual sockets, else Pilotlight's private engine.
  --start   where none answers, install what is missing (Debian, root; named first) and start a
            private one in the background; it keeps its images between runs
  --stop    stop the private engine, if it is running
  --json    print the result as one JSON object: {"host", "started"} or {"host": null, "reason"}
Exit code 0 when an engine answers (or was stopped), 1 when there is none.
`;

/**
 * The address of an engine that answers now (`unix://…` or `tcp://…`), or undefined. Never starts
 * anything. DOCKER_HOST is binding when it is set.
 */
export async function findDockerEngine() {
  const named = process.env.DOCKER_HOST;
  const desktop = `unix://${homedir()}/.docker/run/docker.sock`;
  const candidates = named ? [named] : ['unix:///var/run/docker.sock', desktop, privateHost];
  for (const host of candidates) if (await answers(host)) return host;
  return undefined;
}

/**
 * Finds an engine or, with `start`, brings up the private one. `say` hears each thing that is
 * about to happen. Resolves with `{host, started}`, or `{host: null, reason}` with one sentence
 * for the user when there is no engine and none can be had. Safe to call again at any time.
 */
export async function ensureDockerEngine({ start = false, say = () => {} } = {}) {
  const host = await findDockerEngine();
  if (host === privateHost) await registerGvisor();
  if (host) return { host, started: false };
  if (process.env.DOCKER_HOST) {
    return { host: null, reason: `No engine answers at DOCKER_HOST (${process.env.DOCKER_HOST}).` };
  }
  if (!start) return { host: null, reason: 'No Docker engine answers; start one, or say --start.' };
  const missing = installTools(say);
  if (missing) return { host: null, reason: missing };
  const installed = await findDockerEngine();
  if (installed) return { host: installed, started: false };
  return startPrivateEngine(say);
}

/** Stops the private engine, if it runs; resolves with whether it did. */
export async function stopDockerEngine({ say = () => {} } = {}) {
  return stopPrivateEngine(say);
}

/** Installs Docker and debootstrap from Debian; answers why that is impossible, if it is. */
function installTools(say) {
  const packages = [];
  if (!onPath('dockerd')) packages.push('docker.io');
  if (!onPath('debootstrap')) packages.push('debootstrap');
  const root = process.getuid?.() === 0;
  if (!root) return 'A private Docker engine needs root; install and start Docker, or run as root.';
  if (packages.length === 0) return undefined;
  if (!onPath('apt-get')) return `Install ${packages.join(' and ')} with your package manager.`;
  say(`Installing with apt-get: ${packages.join(', ')}.`);
  if (!apt(['update', '-qq'])) return 'apt-get update failed; its output is above.';
  // From Debian 13 on the command line client is a package of its own.
  if (spawnSync('apt-cache', ['show', 'docker-cli'], { stdio: 'ignore' }).status === 0) {
    packages.push('docker-cli');
  }
  if (!apt(['install', '-y', '-qq', '--no-install-recommends', ...packages])) {
    return `apt-get could not install ${packages.join(' and ')}; its output is above.`;
  }
  return undefined;
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status === 0;
}

async function main(args) {
  const unknown = args.find((arg) => !['--start', '--stop', '--json', '--help'].includes(arg));
  if (unknown || args.includes('--help')) {
    (unknown ? process.stderr : process.stdout).write(usage);
    return unknown ? 2 : 0;
  }
  const json = args.includes('--json');
  const say = (line) => process.stderr.write(`${line}\n`);
  if (args.includes('--stop')) {
    const stopped = await stopDockerEngine({ say });
    process.stdout.write(json ? `${JSON.stringify({ stopped })}\n` : '');
    return 0;
  }
  const engine = await ensureDockerEngine({ start: args.includes('--start'), say });
  const line = engine.host ? `Docker answers at ${engine.host}` : engine.reason;
  process.stdout.write(`${json ? JSON.stringify(engine) : line}\n`);
  return engine.host ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
