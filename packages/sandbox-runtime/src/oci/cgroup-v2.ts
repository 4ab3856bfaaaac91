// Control groups, version 2: one hierarchy, in which only groups without processes of their own may
// hand controllers on to their children.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

const controllers = '+memory +pids +cpu';
const startingWeight = 25;
const normalWeight = 100;

class GroupV2 implements Group {
  readonly path: string;
  readonly memory: MemoryFiles;
  readonly entries: readonly string[];
  readonly #directory: string;
  readonly #files: Record<'cpu' | 'memory' | 'peak' | 'events' | 'pids', CounterFile>;
  #last: SandboxUsage = noUsage;
  /** Whether the kernel's own peak is of the time that is asked for. */
  #hasPeak = true;
  /** From the first attempt to remove the group its files may be gone. */
  #leaving = false;
  #removed = false;

  constructor(mount: string, path: string) {
    const directory = join(mount, path);
    this.path = path;
    this.#directory = directory;
    this.memory = { version: 'v2', directory };
    this.entries = [join(directory, 'cgroup.procs')];
    this.#files = {
      cpu: new CounterFile(join(directory, 'cpu.stat')),
      memory: new CounterFile(join(directory, 'memory.current')),
      peak: new CounterFile(join(directory, 'memory.peak')),
      events: new CounterFile(join(directory, 'memory.events')),
      pids: new CounterFile(join(directory, 'pids.events')),
    };
  }

  start(limits: GroupLimits): void {
    this.#write('memory.max', limits.memoryBytes);
    this.#write('memory.swap.max', 0);
    this.#write('memory.oom.group', 1);
    this.#write('pids.max', pidsWithInit(limits.pids));
    this.#write('cpu.weight', startingWeight);
  }

  setLimits(limits: GroupLimits): void {
    this.#write('memory.max', limits.memoryBytes);
    this.#write('pids.max', pidsWithInit(limits.pids));
    this.#write('cpu.max', `${cpuQuotaUs(limits.cpus)} ${cpuPeriodUs}`);
    this.#write('cpu.weight', normalWeight);
  }

  usage(): SandboxUsage {
    if (this.#leaving) return this.#last;
    const memoryBytes = this.#files.memory.number();
    this.#last = {
      cpuTimeMs: this.#files.cpu.field('usage_usec') / 1e3,
      memoryBytes,
      // Kernels before 5.19 keep no peak: the highest that was seen has to do.
      peakMemoryBytes: Math.max(
        this.#hasPeak ? this.#files.peak.number() : 0,
        memoryBytes,
        this.#last.peakMemoryBytes,
      ),
      oomKills: this.#files.events.field('oom_kill'),
      pidsLimitHits: this.#files.pids.field('max'),
    };
    return this.#last;
  }

  resetPeak(): void {
    this.#last = { ...this.#last, peakMemoryBytes: 0 };
    this.#hasPeak = this.#files.peak.reset();
  }

  processes(): readonly number[] {
    return readPids(join(this.#directory, 'cgroup.procs'));
  }

  freeze(): void {
    this.#write('cgroup.freeze', 1);
  }

  thaw(): void {
    this.#write('cgroup.freeze', 0);
  }

  frozen(): boolean {
    return /^frozen 1$/m.test(readIfPresent(join(this.#directory, 'cgroup.events')));
  }

  /** `cgroup.kill` came with Linux 5.14. */
  kill(): void {
    if (this.#removed) return;
    if (readIfPresent(join(this.#directory, 'cgroup.events')) === '') return;
    try {
      writeFileSync(join(this.#directory, 'cgroup.kill'), '1', { flag: 'r+' });
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT', 'ENODEV')) throw thrown;
      killAll(this.processes());
      this.thaw();
    }
  }

  async remove(): Promise<boolean> {
    if (this.#removed) return true;
    this.usage();
    this.#leaving = true;
    this.#leaving = await removeGroup(this.#directory);
    if (!this.#leaving) return false;
    for (const file of Object.values(this.#files)) file.close();
    this.#removed = true;
    return true;
  }

  /** A file this kernel does not have (no swap, no oom.group) is a limit it does not need. */
  #write(file: string, value: number | string): void {
    try {
      writeFileSync(join(this.#directory, file), `${value}`, { flag: 'r+' });
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT', 'ENODEV')) throw thrown;
    }
  }
}

/** Processes of a container's own root group move aside, so that it may hand controllers on. */
async function delegate(mount: string, parent: string): Promise<void> {
  const control = join(mount, 'cgroup.subtree_control');
  try {
    writeFileSync(control, controllers);
  } catch (thrown) {
    if (!hasCode(thrown, 'EBUSY')) throw thrown;
    const aside = join(mount, `${parent}-host`);
    await makeGroup(aside);
    for (const pid of readPids(join(mount, 'cgroup.procs'))) {
      writeFileSync(join(aside, 'cgroup.procs'), `${pid}`);
    }
    writeFileSync(control, controllers);
  }
  writeFileSync(join(mount, parent, 'cgroup.subtree_control'), controllers);
}

/** The groups below `parent` at `mount`, with the memory, pids and cpu controllers. */
export async function createGroupTreeV2(mount: string, parent: string): Promise<GroupTree> {
  await makeGroup(join(mount, parent));
  await delegate(mount, parent);
  const open = (name: string) => new GroupV2(mount, `/${parent}/${name}`);
  return {
    version: 'v2',
    memory: { version: 'v2', directory: join(mount, parent) },
    hide: [],
    async create(name, limits) {
      await makeGroup(join(mount, parent, name));
      const group = open(name);
      group.start(limits);
      return group;
    },
    open,
    names: () => childGroups(join(mount, parent)),
    async close() {
      await removeGroup(join(mount, parent));
    },
  };
}
