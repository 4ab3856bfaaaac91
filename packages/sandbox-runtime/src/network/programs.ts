// The host's own programs that make a sandbox's network, and whether they work here.
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PlatformError } from '@pilotlight/contracts';
import type { Capability } from '../driver.ts';

/** Debian's package for each program. */
const packages = {
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  socat: 'socat',
  nft: 'nftables',
  slirp4netns: 'slirp4netns',
} as const;

export type Program = keyof typeof packages;

/** Where they are on every system; a toolchain path that users configure may name other folders. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function find(program: Program): string | undefined {
  const candidates = systemPath.split(delimiter).map((folder) => join(folder, program));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      // Absence is an ordinary answer here.
      return false;
    }
  });
}

/** The absolute path of a program. Throws `unavailable` with what to install. */
export function programPath(program: Program): string {
  const path = find(program);
  if (path !== undefined) return path;
  const name = packages[program];
  throw new PlatformError('unavailable', `${program} is missing: install the package ${name}.`);
}

/** Runs a command to its end. Rejects with `unavailable` and what it said unless it exits with 0. */
export async function runToEnd(command: readonly string[], stdin: string): Promise<void> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const end = Promise.withResolvers<number | null>();
  child.once('error', end.reject);
  child.once('close', end.resolve);
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [said, code] = await Promise.all([text(child.stderr), end.promise]);
  if (code !== 0) throw new PlatformError('unavailable', `${program} failed: ${said.trim()}`);
}

async function capability(probe: () => void | Promise<void>): Promise<Capability> {
  try {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      throw new PlatformError('unavailable', 'Networks of sandboxes need root on Linux.');
    }
    await probe();
    return { available: true };
  } catch (thrown) {
    return { available: false, reason: PlatformError.from(thrown).message };
  }
}

/** Whether this host has what `connect` needs. Costs a few file look-ups. */
export function probePorts(): Promise<Capability> {
  return capability(() => {
    for (const program of ['nsenter', 'setpriv', 'socat'] as const) programPath(program);
  });
}

function openTunDevice(): void {
  try {
    closeSync(openSync('/dev/net/tun', 'r+'));
  } catch (thrown) {
    const reason = 'There is no /dev/net/tun; load the kernel module tun.';
    throw new PlatformError('unavailable', reason, { cause: thrown });
  }
}

/**
 * Whether this host has what `openEgress` needs: tries these rules in a network namespace that lasts
 * no longer, because kernels differ in what they filter. Takes about 10 ms.
 */
export function probeEgress(rules: string): Promise<Capability> {
  return capability(async () => {
    for (const program of ['nsenter', 'slirp4netns'] as const) programPath(program);
    openTunDevice();
    await runToEnd([programPath('unshare'), '--net', programPath('nft'), '-f', '-'], rules);
  });
}
