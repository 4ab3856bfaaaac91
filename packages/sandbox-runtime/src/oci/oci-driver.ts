// The driver without a daemon: an OCI runtime on bundles that it writes, in control groups that it makes.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type {
  DriverCapabilities,
  PreparedTemplate,
  Sandbox,
  SandboxDriver,
  SandboxSpec,
  SandboxTemplate,
  SandboxTrace,
} from '../driver.ts';
import { type Listener, Preparations } from '../preparations.ts';
import { seccompProfile } from '../seccomp.ts';
import { buildIdPrefix } from './artefacts/build.ts';
import { type GroupTree, parentPrefix } from './cgroup.ts';
import { createSandbox } from './create-sandbox.ts';
import { killGroup, removeDirectory, removeGroupFully } from './dispose.ts';
import { openGroupTree } from './find-groups.ts';
import { Gate } from './gate.ts';
import { findGvisor, gvisorCapability } from './gvisor.ts';
import { type OciHost, openHost } from './host.ts';
import { parseTraceName, traceName } from './name.ts';
import { TemplatePreparations } from './prepare-template.ts';
import { gvisorProbeId, probeGvisor, probeIdPrefix, probeLimits } from './probe.ts';
import type { ReadyTemplate } from './ready-template.ts';
import { findRuntime, type Runtime, versionWarning } from './runtime.ts';

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
  /**
   * Where what takes long to make is kept for the next life, and shared by all nodes of the host;
   * default in the state directory. See `Artefacts`.
   */
  readonly cacheDir?: string;
  /** Path of the OCI runtime; default crun, else runc, from the search path. */
  readonly runtime?: string;
  /** Path of gVisor's runsc, for templates that ask for it; default from the search path. */
  readonly gvisorRuntime?: string;
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

interface DriverParts {
  readonly host: OciHost;
  readonly capabilities: DriverCapabilities;
  readonly gate: Gate;
  readonly templates: TemplatePreparations;
  /** Rejects with `unavailable` where gVisor does not work. */
  readonly probeGvisor: () => Promise<void>;
}

class OciDriver implements SandboxDriver {
  readonly name = 'oci';
  readonly capabilities: DriverCapabilities;
  readonly #host: OciHost;
  readonly #gate: Gate;
  readonly #templates: TemplatePreparations;
  readonly #living: Map<string, Sandbox>;
  readonly #probeGvisor: () => Promise<void>;
  readonly #gvisor = new Preparations<void>();

  constructor(parts: DriverParts) {
    this.#host = parts.host;
    this.capabilities = parts.capabilities;
    this.#gate = parts.gate;
    this.#templates = parts.templates;
    this.#probeGvisor = parts.probeGvisor;
    this.#living = new Map();
  }

  async create(...[spec, signal]: Parameters<SandboxDriver['create']>): Promise<Sandbox> {
    const begun = performance.now();
    const ready = await this.#ready(spec.template, { signal }).catch((thrown: unknown) =>
      Promise.reject(PlatformError.from(thrown)),
    );
    const imagePullMs = performance.now() - begun;
    const released = () => this.#living.delete(spec.id);
    const sandbox = await this.#gate.run(() =>
      createSandbox(this.#host, spec, { ready, imagePullMs, signal, released }),
    );
    this.#living.set(spec.id, sandbox);
    return sandbox;
  }

  /** Whether gVisor works is only asked where a template wants it. */
  async #ready(template: SandboxTemplate, listener: Listener): Promise<ReadyTemplate> {
    if (template.isolation === 'gvisor') {
      await this.#gvisor.get('works', () => this.#probeGvisor(), listener);
    }
    return this.#templates.prepare(template, listener);
  }

  async prepare(
    ...[template, listener]: Parameters<SandboxDriver['prepare']>
  ): Promise<PreparedTemplate> {
    const begun = performance.now();
    try {
      const { version } = await this.#ready(template, listener);
      return { version, imagePullMs: performance.now() - begun };
    } catch (thrown) {
      throw PlatformError.from(thrown);
    }
  }

  async list(): Promise<readonly SandboxTrace[]> {
    const isOwn = (id: string) => id === gvisorProbeId || this.#templates.isBuilding(id);
    return findTraces(this.#host).filter(({ id }) => !isOwn(id));
  }

  async remove(id: string): Promise<void> {
    const living = this.#living.get(id);
    if (living !== undefined) return living.destroy();
    const traces = (await this.list()).filter((trace) => trace.id === id);
    for (const trace of traces) await removeTrace(this.#host, trace);
  }

  async close(): Promise<void> {
    await this.#templates.close();
    await this.#gvisor.settled();
    await Promise.all([...this.#living.values()].map((sandbox) => sandbox.destroy()));
    await this.#host.close();
    if ((await this.list()).length > 0) return;
    await this.#host.groups.close();
    if (existsSync(this.#host.bundles)) rmdirSync(this.#host.bundles);
  }
}

function findTraces({ bundles, groups }: OciHost): readonly SandboxTrace[] {
  const directories = existsSync(bundles) ? readdirSync(bundles) : [];
  const names = new Set([...groups.names(), ...directories]);
  return [...names].flatMap((name) => parseTraceName(name) ?? []);
}

async function removeTrace({ bundles, groups }: OciHost, trace: SandboxTrace): Promise<void> {
  const name = traceName(trace);
  const group = groups.open(name);
  await killGroup(group, () => true);
  await removeGroupFully(group);
  await removeDirectory(join(bundles, name));
}

/** What an earlier life was killed with, of sandboxes that only the driver itself knew of. */
async function removeOwnLeftovers(host: OciHost): Promise<void> {
  const isOwn = ({ id }: SandboxTrace) =>
    [probeIdPrefix, buildIdPrefix].some((prefix) => id.startsWith(prefix));
  for (const trace of findTraces(host).filter(isOwn)) await removeTrace(host, trace);
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
  const gvisor = findGvisor(options.gvisorRuntime, searchPath);
  const host = openHost({ stateDir, searchPath, runtime, gvisor, groups, warn });
  try {
    await removeOwnLeftovers(host);
    const { cacheDir = join(stateDir, 'cache') } = options;
    const templates = new TemplatePreparations(host, { incarnation, cacheDir });
    const signal = new AbortController().signal;
    const createProbe = async (spec: SandboxSpec) => {
      const ready = await templates.prepare(spec.template, { signal });
      const released = () => undefined;
      return createSandbox(host, spec, { ready, imagePullMs: 0, signal, released });
    };
    const broken = await probeLimits(createProbe, incarnation);
    const warnings = [
      ...broken,
      versionWarning(runtime),
      seccompProfile(process.arch, 'default') === undefined
        ? `System calls are not filtered on ${process.arch}.`
        : undefined,
    ].filter((warning) => warning !== undefined);
    for (const warning of warnings) warn(warning);
    const capabilities: DriverCapabilities = {
      description: `oci (${runtime.name} ${runtime.version}, cgroup ${groups.version})`,
      usage: 'cgroup',
      enforcesLimits: broken.length === 0,
      pause: true,
      hibernate: host.hibernation,
      ports: await host.network.ports,
      egress: await host.network.egress,
      gvisor: gvisorCapability(gvisor),
      warnings,
    };
    const width = options.maxConcurrentCreates ?? availableParallelism();
    return new OciDriver({
      ...{ host, capabilities, templates },
      gate: new Gate(width),
      probeGvisor: () => probeGvisor(createProbe, incarnation),
    });
  } catch (thrown) {
    await host.close();
    throw PlatformError.from(thrown);
  }
}
