// The OCI runtime on this host: which one, what is known against its version, and the commands that
// it is given.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gvisorFlags, ownNetwork } from './gvisor-command.ts';
import { shellQuote } from './spawner.ts';

const run = promisify(execFile);

/** A runtime that answered. */
export interface Runtime {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** Whether it leaves control groups alone when told to, so that it can be started inside one. */
  readonly startsInGroup: boolean;
  /** Whether it is gVisor, whose commands and bundles differ in places; see gvisor-command.ts. */
  readonly isGvisor: boolean;
}

type Version = readonly [number, number, number];

function parseVersion(text: string): Version {
  const [major, minor, patch] = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)?.slice(1) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0)];
}

function isBefore(a: Version, b: Version): boolean {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** First versions without the container escapes that are publicly known. */
const soundSince: Readonly<Record<string, string>> = { crun: '1.31', runc: '1.2.8' };

/** What the operator should know about this version; undefined if nothing. */
export function versionWarning(runtime: Pick<Runtime, 'name' | 'version'>): string | undefined {
  const since = soundSince[runtime.name];
  if (since === undefined || !isBefore(parseVersion(runtime.version), parseVersion(since)))
    return undefined;
  return `${runtime.name} ${runtime.version} has known security holes; use ${since} or later for code you do not trust.`;
}

/** Asks a program for its version; undefined where it is absent or no OCI runtime. */
export async function findRuntime(path: string, searchPath: string): Promise<Runtime | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], {
      env: { PATH: searchPath },
      timeout: 5_000,
    });
    const [, name = path, version = '0'] = /^(\S+) version (\S+)/.exec(stdout) ?? [];
    const isGvisor = name === 'runsc';
    return { path, name, version, isGvisor, startsInGroup: name === 'crun' || isGvisor };
  } catch {
    // Absence is the usual case, and the caller says what was looked for.
    return undefined;
  }
}

/** Files of one sandbox that its runtime's commands name. */
export interface RuntimeFiles {
  readonly id: string;
  /** The directory with config.json. */
  readonly bundle: string;
  /** The runtime's own state. */
  readonly state: string;
  readonly log: string;
  /** Where the runtime writes the process id of the sandbox's init. */
  readonly pid: string;
}

function prefix(runtime: Runtime, files: RuntimeFiles): string {
  const manager = runtime.startsInGroup ? '--cgroup-manager=disabled ' : '';
  const flags = runtime.isGvisor ? `${gvisorFlags.join(' ')} ` : manager;
  return `${shellQuote(runtime.path)} ${flags}--root ${shellQuote(files.state)} --log ${shellQuote(files.log)}`;
}

/** Descriptor 3 as well as the usual ones. */
const handOn = (runtime: Runtime) => (runtime.isGvisor ? '--pass-fd 3:3' : '--preserve-fds 1');

/** Makes and starts the container and exits; descriptors 0 to 3 are handed on. */
export function runCommand(runtime: Runtime, files: RuntimeFiles): string {
  const own = runtime.isGvisor ? `${ownNetwork} ` : '';
  return `${own}${prefix(runtime, files)} run --detach ${handOn(runtime)} --pid-file ${shellQuote(files.pid)} --bundle ${shellQuote(files.bundle)} ${shellQuote(files.id)}`;
}

/**
 * Starts a process that `processFile` describes and writes its process id to `pidFile`: that on the
 * host, or with gVisor, where it has none, that inside.
 */
export function execCommand(
  runtime: Runtime,
  files: RuntimeFiles,
  processFile: string,
  pidFile: string,
): string {
  const pidOption = runtime.isGvisor ? '--internal-pid-file' : '--pid-file';
  return `${prefix(runtime, files)} exec --detach ${handOn(runtime)} --process ${shellQuote(processFile)} ${pidOption} ${shellQuote(pidFile)} ${shellQuote(files.id)}`;
}
