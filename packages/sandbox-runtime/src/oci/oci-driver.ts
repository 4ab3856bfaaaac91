// The driver without a daemon: an OCI runtime on bundles that it writes, in control groups that it makes.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { DriverCapabilities, Sandbox, SandboxDriver, SandboxTrace } from '../driver.ts';
import { type GroupTree, parentPrefix } from './cgroup.ts';
import { createSandbox } from './create-sandbox.ts';
import { killGroup, removeDirectory, removeGroupFully } from './dispose.ts';
import { openGroupTree } from './find-groups.ts';
import { Gate } from './gate.ts';
import { type OciHost, openHost } from './host.ts';
import { parseTraceName, traceName } from './name.ts';
import { probeLimits } from './probe.ts';
import { findRuntime, type Runtime, versionWarning } from './runtime.ts';
import { seccompProfile } from './seccomp.ts';

export interface OciDriverOptions {
  /**
   * Absolute path of a directory that only this driver uses, best on a tmpfs, in directories that
   * every user may enter. The same path in the next life lets that one find what this one left.
   */
  readonly stateDir: string;
  /** The executor's incarnation; letters, digits, `-` and `_`. */
  readonly incarnation: string;
  /** PATH for the runtime and for toolchains; default the usual directories of a system. */
  readonly searchPath?: string;
  /** Path of the OCI runtime; default crun, else runc, from the search path. */
  readonly runtime?: string;
  /** Creations at once; default one for each core. */
  readonly maxConcurrentCreates?: number;
  /** Hears what an operator should know, one sentence at a time, after the probe as well. */
  readonly warn?: (message: string) => void;
}

const defaultSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

async function chooseRuntime(path: string | undefined, searchPath: string): Promise<Runtime> {
  const candidates = path === undefined ? ['crun', 'runc'] : [path];
  for (const candidate of candidates) {
    const runtime = await findRuntime(candidate, searchPath);
    if (runtime !== undefined) return runtime;
  }
  throw new PlatformError(
    'unavailable',
    `No OCI runtime is installed (looked for ${candidates.join(', ')}); install crun.`,
  );
}

/** The parent of all control groups of a driver: its own, and the same in every life. */
export function groupParent(stateDir: string): string {
  return `${parentPrefix}${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`;
}

async function chooseGroups(stateDir: string): Promise<GroupTree> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new PlatformError('unavailable', 'Sandboxes without a daemon need root on Linux.');
  }
  const groups = await openGroupTree(groupParent(stateDir));
  if ('problem' in groups)
    throw new PlatformError('unavailable', `No usable control groups: ${groups.problem}.`);
  return groups;
}

/** Runtimes walk to the root directory as the sandbox's own user, who is nobody on the host. */
function makeStateDir(stateDir: string): void {
  mkdirSync(stateDir, { recursive: true });
  chmodSync(stateDir, 0o711);
  for (let path = dirname(stateDir); path !== dirname(path); path = dirname(path)) {
    if ((statSync(path).mode & 0o001) !== 0) continue;
    throw new PlatformError(
      'unavailable',
      `Sandboxes cannot be kept in ${stateDir}: ${path} may not be entered by other users.`,
    );
  }
}

class OciDriver implements SandboxDriver {
  readonly name = 'oci';
  readonly capabilities: DriverCapabilities;
  readonly #host: OciHost;
  readonly #gate: Gate;
  readonly #living: Map<string, Sandbox>;

  constructor(host: OciHost, capabilities: DriverCapabilities, gate: Gate) {
    this.#host = host;
    this.capabilities = capabilities;
    this.#gate = gate;
    this.#living = new Map();
  }

  async create(...[spec, signal]: Parameters<SandboxDriver['create']>): Promise<Sandbox> {
    const sandbox = await this.#gate.run(() =>
      createSandbox(this.#host, spec, signal, () => this.#living.delete(spec.id)),
    );
    this.#living.set(spec.id, sandbox);
    return sandbox;
  }

  async list(): Promise<readonly SandboxTrace[]> {
    const directories = existsSync(this.#host.bundles) ? readdirSync(this.#host.bundles) : [];
    const names = new Set([...this.#host.groups.names(), ...directories]);
    return [...names].flatMap((name) => parseTraceName(name) ?? []);
  }

  async remove(id: string): Promise<void> {
    const living = this.#living.get(id);
    if (living !== undefined) return living.destroy();
    const traces = (await this.list()).filter((trace) => trace.id === id);
    for (const name of traces.map(traceName)) {
      const group = this.#host.groups.open(name);
      await killGroup(group, () => true);
      await removeGroupFully(group);
      await removeDirectory(join(this.#host.bundles, name));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#living.values()].map((sandbox) => sandbox.destroy()));
    await this.#host.close();
    if ((await this.list()).length > 0) return;
    await this.#host.groups.close();
    if (existsSync(this.#host.bundles)) rmdirSync(this.#host.bundles);
  }
}

/**
 * Prepares this host and probes its limits with two short-lived sandboxes. Rejects with
 * `unavailable` and the reason where it cannot work at all; where it works but limits do not hold,
 * `capabilities.enforcesLimits` is false and says why.
 */
export async function createOciDriver(options: OciDriverOptions): Promise<SandboxDriver> {
  const { stateDir, incarnation, searchPath = defaultSearchPath, warn = () => undefined } = options;
  const runtime = await chooseRuntime(options.runtime, searchPath);
  const groups = await chooseGroups(stateDir);
  makeStateDir(stateDir);
  const host = openHost({ stateDir, searchPath, runtime, groups, warn });
  try {
    const never = new AbortController().signal;
    const broken = await probeLimits(
      (spec) => createSandbox(host, spec, never, () => undefined),
      incarnation,
    );
    const warnings = [
      ...broken,
      versionWarning(runtime),
      seccompProfile(process.arch) === undefined
        ? `System calls are not filtered on ${process.arch}.`
        : undefined,
    ].filter((warning) => warning !== undefined);
    for (const warning of warnings) warn(warning);
    const capabilities: DriverCapabilities = {
      description: `oci (${runtime.name} ${runtime.version}, cgroup ${groups.version})`,
      usage: 'cgroup',
      enforcesLimits: broken.length === 0,
      pause: true,
      warnings,
    };
    const width = options.maxConcurrentCreates ?? availableParallelism();
    return new OciDriver(host, capabilities, new Gate(width));
  } catch (thrown) {
    await host.close();
    throw PlatformError.from(thrown);
  }
}
