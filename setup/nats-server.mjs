#!/usr/bin/env node
// Finds a nats-server, or gets one into this checkout's .cache: the distribution's package, else
// built by Go. Nothing is installed on the system and no service is started.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is built where Go is present. From 2.12.7 on the known security holes are closed. */
export const currentVersion = '2.15.2';

const oldestMinor = 9;
const directory = fileURLToPath(new URL('../.cache/bin', import.meta.url));
const current = join(directory, 'nats-server');
const packaged = join(directory, 'nats-server-packaged');
/** Debian puts it where an ordinary user's PATH does not look. */
const installed = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server'];

const usage = `Usage: node setup/nats-server.mjs [--current]

Prints the path of a nats-server of 2.9 or later; gets one into .cache/bin where there is none.
  --current   version ${currentVersion}, built by Go, also where an older one is on PATH
Exit code 0 with a path, 1 with a sentence on what to install.
`;

/** Path or name of a nats-server that can be used, or undefined. Never installs anything. */
export async function findNatsServer() {
  return [...installed, current, packaged].find((binary) => isSupported(versionOf(binary)));
}

/**
 * Finds a nats-server or gets one; `say` hears each thing that is about to happen. Resolves with
 * its path; rejects with one sentence for the user where none can be had. Safe to call again.
 */
export async function ensureNatsServer({ say = () => {} } = {}) {
  const found = await findNatsServer();
  if (found) return found;
  try {
    if (unpackDistributionPackage(say)) return packaged;
  } catch (error) {
    say(`The distribution's package cannot be had: ${error.message}`);
  }
  if (goIsPresent()) return ensureCurrentNatsServer({ say });
  throw new Error(
    `Pilotlight needs nats-server: install version ${currentVersion} (or any from 2.${oldestMinor} on) from https://github.com/nats-io/nats-server/releases or your package manager, and put it on PATH.`,
  );
}

/** As ensureNatsServer, for the pinned current version, which is built by Go. */
export async function ensureCurrentNatsServer({ say = () => {} } = {}) {
  if (versionOf(current) === currentVersion) return current;
  const found = installed.find((binary) => versionOf(binary) === currentVersion);
  if (found) return found;
  if (!goIsPresent()) {
    throw new Error(`nats-server ${currentVersion} can only be built where Go is installed.`);
  }
  say(`Building nats-server ${currentVersion} with go install into .cache/bin (about a minute).`);
  mkdirSync(directory, { recursive: true });
  run('go', ['install', `github.com/nats-io/nats-server/v2@v${currentVersion}`], {
    env: { ...process.env, GOBIN: directory, CGO_ENABLED: '0' },
  });
  return current;
}

function versionOf(binary) {
  const asked = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return /v(\d+\.\d+\.\d+\S*)/.exec(asked.stdout ?? '')?.[1];
}

function isSupported(version) {
  if (!version) return false;
  const [major, minor] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= oldestMinor);
}

function goIsPresent() {
  return spawnSync('go', ['version']).status === 0;
}

/**
 * Debian and its kin: the package is unpacked, not installed, because installing it starts a
 * server without a password on every address. False where there is no such package.
 */
function unpackDistributionPackage(say) {
  if (spawnSync('dpkg-deb', ['--version']).status !== 0) return false;
  if (!packageIsKnown()) {
    if (process.getuid?.() !== 0) return false;
    say('Refreshing the list of packages with apt-get update.');
    run('apt-get', ['update', '-qq']);
    if (!packageIsKnown()) return false;
  }
  say("Unpacking the distribution's nats-server package into .cache/bin.");
  const scratch = mkdtempSync(join(tmpdir(), 'pilotlight-nats-package-'));
  try {
    run('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', 'nats-server'], {
      cwd: scratch,
    });
    const archive = readdirSync(scratch).find((name) => name.endsWith('.deb'));
    if (!archive) return false;
    run('dpkg-deb', ['--extract', archive, 'root'], { cwd: scratch });
    const program = ['usr/sbin', 'usr/bin']
      .map((folder) => join(scratch, 'root', folder, 'nats-server'))
      .find((path) => isSupported(versionOf(path)));
    if (!program) return false;
    mkdirSync(directory, { recursive: true });
    copyFileSync(program, packaged);
    return true;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function packageIsKnown() {
  const asked = spawnSync('apt-cache', ['show', '--no-all-versions', 'nats-server']);
  return asked.status === 0 && asked.stdout.length > 0;
}

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (done.status === 0) return;
  const reason = done.error?.message ?? done.stderr.trim();
  throw new Error(`${command} ${args[0]} failed: ${reason}`);
}

async function main(args) {
  if (args.some((arg) => arg !== '--current')) {
    process.stdout.write(usage);
    return;
  }
  const say = (message) => process.stderr.write(`${message}\n`);
  try {
    const ensure = args.includes('--current') ? ensureCurrentNatsServer : ensureNatsServer;
    process.stdout.write(`${await ensure({ say })}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
