// Control groups, version 1: one hierarchy for each controller, and the same group in each of them.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { SandboxUsage } from '../driver.ts';
import type { MemoryFiles } from '../hibernation.ts';
import {
  cpuPeriodUs,
  cpuQuotaUs,
  type Group,
  type GroupLimits,
  type GroupTree,
  noUsage,
  pidsWithInit,
} from './cgroup.ts';
import {
  CounterFile,
  childGroups,
  hasCode,
  killAll,
  makeGroup,
  readIfPresent,
  readPids,
  removeGroup,
} from './cgroup-files.ts';

/** What we need of version 1; some hosts mount two of them together, as `cpu,cpuacct`. */
export const controllersV1 = ['memory', 'pids', 'cpu', 'cpuacct', 'freezer'] as const;

type Controller = (typeof controllersV1)[number];

/** Where each controller's hierarchy is mounted. */
export type MountsV1 = Readonly<Record<Controller, string>>;

const startingShares = 256;
const normalShares = 1_024;

class GroupV1 implements Group {
  readonly path: string;
  readonly memory: MemoryFiles;
  readonly entries: readonly string[];
  readonly #paths: Record<Controller, string>;
  readonly #others: readonly string[];
  readonly #files: Record<'cpu' | 'memory' | 'peak' | 'oom' | 'pids', CounterFile>;
  #last: SandboxUsage = noUsage;
  /** From the first attempt that removed a part of the group its files may be gone. */
  #leaving = false;
  #removed = false;

  constructor(mounts: MountsV1, otherMounts: readonly string[], path: string) {
    const at = (controller: Controller) => join(mounts[controller], path);
    this.path = path;
    this.#paths = {
      memory: at('memory'),
      pids: at('pids'),
      cpu: at('cpu'),
      cpuacct: at('cpuacct'),
      freezer: at('freezer'),
    };
    this.memory = { version: 'v1', directory: this.#paths.memory };
    this.#others = otherMounts.map((mount) => join(mount, path));
    this.entries = [...new Set(Object.values(this.#paths))].map((p) => join(p, 'cgroup.procs'));
    this.#files = {
      cpu: new CounterFile(join(this.#paths.cpuacct, 'cpuacct.usage')),
      memory: new CounterFile(join(this.#paths.memory, 'memory.usage_in_bytes')),
      peak: new CounterFile(join(this.#paths.memory, 'memory.max_usage_in_bytes')),
      oom: new CounterFile(join(this.#paths.memory, 'memory.oom_control')),
      pids: new CounterFile(join(this.#paths.pids, 'pids.events')),
    };
  }

  start(limits: GroupLimits): void {
    this.#holdMemory(limits.memoryBytes);
    this.#write('pids', 'pids.max', pidsWithInit(limits.pids));
    this.#write('cpu', 'cpu.shares', startingShares);
  }

  setLimits(limits: GroupLimits): void {
    this.#holdMemory(limits.memoryBytes);
    this.#write('pids', 'pids.max', pidsWithInit(limits.pids));
    this.#write('cpu', 'cpu.cfs_period_us', cpuPeriodUs);
    this.#write('cpu', 'cpu.cfs_quota_us', cpuQuotaUs(limits.cpus));
    this.#write('cpu', 'cpu.shares', normalShares);
  }

  usage(): SandboxUsage {
    if (this.#leaving) return this.#last;
    this.#last = {
      cpuTimeMs: this.#files.cpu.number() / 1e6,
      memoryBytes: this.#files.memory.number(),
      peakMemoryBytes: this.#files.peak.number(),
      oomKills: this.#files.oom.field('oom_kill'),
      pidsLimitHits: this.#files.pids.field('max'),
    };
    return this.#last;
  }

  resetPeak(): void {
    this.#write('memory', 'memory.max_usage_in_bytes', 0);
  }

  processes(): readonly number[] {
    return readPids(join(this.#paths.pids, 'cgroup.procs'));
  }

  freeze(): void {
    this.#write('freezer', 'freezer.state', 'FROZEN');
  }

  thaw(): void {
    this.#write('freezer', 'freezer.state', 'THAWED');
  }

  frozen(): boolean {
    return readIfPresent(join(this.#paths.freezer, 'freezer.state')).trim() === 'FROZEN';
  }

  /** A frozen task takes its SIGKILL when it is thawed. */
  kill(): void {
    if (this.#removed) return;
    killAll(this.processes());
    this.thaw();
  }

  async remove(): Promise<boolean> {
    if (this.#removed) return true;
    this.usage();
    this.#leaving = true;
    const paths = [...new Set(Object.values(this.#paths)), ...this.#others];
    const gone = await Promise.all(paths.map(removeGroup));
    this.#leaving = gone.includes(true);
    if (gone.includes(false)) return false;
    for (const file of Object.values(this.#files)) file.close();
    this.#removed = true;
    return true;
  }

  /** Memory and swap together; the kernel wants memory <= both at every moment. */
  #holdMemory(bytes: number): void {
    const both = join(this.#paths.memory, 'memory.memsw.limit_in_bytes');
    if (existsSync(both)) writeFileSync(both, '-1');
    try {
      this.#write('memory', 'memory.limit_in_bytes', bytes);
      if (existsSync(both)) writeFileSync(both, `${bytes}`);
    } catch (thrown) {
      if (!hasCode(thrown, 'EBUSY')) throw thrown;
      const message = `More than ${bytes} bytes of memory are in use.`;
      throw new PlatformError('resource_exhausted', message, { cause: thrown });
    }
  }

  #write(controller: Controller, file: string, value: number | string): void {
    try {
      writeFileSync(join(this.#paths[controller], file), `${value}`);
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT', 'ENODEV')) throw thrown;
    }
  }
}

export interface TreeOptionsV1 {
  readonly mounts: MountsV1;
  /** Hierarchies that only runtimes with cgroup management of their own enter; cleaned up too. */
  readonly otherMounts: readonly string[];
  /** Where a hybrid host has version 2 mounted. */
  readonly unifiedMounts: readonly string[];
  readonly parent: string;
}

/** The groups below `parent` in each hierarchy. */
export async function createGroupTreeV1(options: TreeOptionsV1): Promise<GroupTree> {
  const { mounts, otherMounts, unifiedMounts, parent } = options;
  const roots = [...new Set(Object.values(mounts))];
  await Promise.all(roots.map((root) => makeGroup(join(root, parent))));
  const open = (name: string) => new GroupV1(mounts, otherMounts, `/${parent}/${name}`);
  return {
    version: unifiedMounts.length === 0 ? 'v1' : 'v1 of a hybrid host',
    memory: { version: 'v1', directory: join(mounts.memory, parent) },
    hide: unifiedMounts,
    async create(name, limits) {
      await Promise.all(roots.map((root) => makeGroup(join(root, parent, name))));
      const group = open(name);
      group.start(limits);
      return group;
    },
    open,
    names: () => [...new Set(roots.flatMap((root) => childGroups(join(root, parent))))],
    async close() {
      await Promise.all([...roots, ...otherMounts].map((root) => removeGroup(join(root, parent))));
    },
  };
}
