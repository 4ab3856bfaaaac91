// What all sandboxes of one driver share: its directories, its shell, its control groups and what it
// has found out about the host's toolchains.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Capability, PlatformFile } from '../driver.ts';
import { probeHibernation } from '../hibernation.ts';
import { type NetworkHost, openNetworkHost } from '../network/network-host.ts';
import { pathBelow, platformDirectory } from '../platform-path.ts';
import type { Group, GroupTree } from './cgroup.ts';
import { FifoStock } from './fifo.ts';
import { type Bind, findHostBase } from './host-view.ts';
import { IdRanges } from './id-ranges.ts';
import { addToolchain, writeRootfs } from './rootfs.ts';
import type { Runtime } from './runtime.ts';
import { Spawner, shellQuote } from './spawner.ts';
import { findToolchain, type Toolchain } from './toolchains/find-toolchain.ts';

export interface OciHost {
  readonly runtime: Runtime;
  /** For templates that ask for it; undefined where it is not installed. */
  readonly gvisor: Runtime | undefined;
  readonly groups: GroupTree;
  readonly spawner: Spawner;
  readonly fifos: FifoStock;
  readonly ids: IdRanges;
  readonly network: NetworkHost;
  readonly hibernation: Capability;
  readonly root: string;
  readonly baseBinds: readonly Bind[];
  readonly bundles: string;
  /** Where host programs are looked for, as in PATH. */
  readonly searchPath: string;
  readonly warn: (message: string) => void;
  /** Finds a toolchain once and makes its mount points; later calls are free. */
  toolchain(name: string): Promise<Toolchain>;
  /** A directory on the host with these files, to be mounted at /pilotlight. Written once. */
  platformFiles(files: readonly PlatformFile[]): string;
  /** Ends the shell and removes the directories, but not those of bundles. Idempotent. */
  close(): Promise<void>;
}

export interface HostOptions {
  /** Absolute; only this driver uses it. */
  readonly stateDir: string;
  /** Where host programs are looked for, as in PATH. */
  readonly searchPath: string;
  readonly runtime: Runtime;
  readonly gvisor: Runtime | undefined;
  readonly groups: GroupTree;
  readonly warn: (message: string) => void;
}

function writePlatformFiles(directory: string, files: readonly PlatformFile[]): void {
  for (const { path, content } of files) {
    const target = join(directory, pathBelow(platformDirectory, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode: 0o644 });
  }
}

/** Prepares the directories below `stateDir` and starts the shell. */
export function openHost(options: HostOptions): OciHost {
  const { stateDir, searchPath } = options;
  const at = (name: string) => join(stateDir, name);
  const shared = ['rootfs', 'files', 'fifos'].map(at);
  for (const directory of shared) rmSync(directory, { recursive: true, force: true });
  mkdirSync(at('fifos'), { recursive: true, mode: 0o700 });
  mkdirSync(at('bundles'), { recursive: true, mode: 0o711 });
  const base = findHostBase();
  writeRootfs(at('rootfs'), base);
  const spawner = new Spawner({
    directory: stateDir,
    searchPath,
    hide: options.groups.hide,
    onNote: (note) => options.warn(`spawner: ${note}`),
  });
  const network = openNetworkHost(at('network'), { available: true });
  const toolchains = new Map<string, Promise<Toolchain>>();
  const written = new Set<string>();

  async function open(name: string): Promise<Toolchain> {
    const toolchain = await findToolchain(name, searchPath, base);
    addToolchain(at('rootfs'), toolchain);
    return toolchain;
  }

  return {
    ...options,
    spawner,
    fifos: new FifoStock(at('fifos'), spawner),
    ids: new IdRanges(stateDir),
    network,
    hibernation: probeHibernation(options.groups.memory),
    root: at('rootfs'),
    baseBinds: base.binds,
    bundles: at('bundles'),
    toolchain(name) {
      const known = toolchains.get(name) ?? open(name);
      toolchains.set(name, known);
      known.catch(() => toolchains.delete(name));
      return known;
    },
    platformFiles(files) {
      const digest = createHash('sha256').update(JSON.stringify(files)).digest('hex');
      const directory = join(at('files'), digest);
      if (!written.has(digest)) writePlatformFiles(directory, files);
      written.add(digest);
      return directory;
    },
    async close() {
      await spawner.close();
      network.close();
      for (const directory of shared) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The path inside of a runner's program, which is named by its toolchain or absolute. */
export function programPath(program: string, toolchains: readonly Toolchain[]): string {
  return (
    toolchains.find(({ name }) => name === program || basename(name) === program)?.executable ??
    program
  );
}

/** Shell commands by which what comes after them is in the group, where the runtime leaves that to us. */
export function enterGroup(runtime: Runtime, group: Group): readonly string[] {
  if (!runtime.startsInGroup) return [];
  return group.entries.map((file) => `echo 0 >${shellQuote(file)}`);
}
