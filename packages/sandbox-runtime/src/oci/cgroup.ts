// Control groups of either version behind one interface. The driver makes a group for each sandbox
// before anything runs in it and removes it last, so that counters survive the sandbox's exit.
import type { SandboxLimits, SandboxUsage } from '../driver.ts';
import type { MemoryFiles } from '../hibernation.ts';

/** The limits that a control group holds. */
export type GroupLimits = Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>;

/**
 * The control group of one sandbox. Reading and writing its files is quick and synchronous; making
 * and removing groups takes the kernel milliseconds and is not.
 */
export interface Group {
  /** Files to which a process writes `0` to enter. */
  readonly entries: readonly string[];
  readonly memory: MemoryFiles;
  /** Path below the mount point, which runtimes call `cgroupsPath`. */
  readonly path: string;
  setLimits(limits: GroupLimits): void;
  /** Current totals; the last known ones once the group is gone. */
  usage(): SandboxUsage;
  /** Makes the peak count from now on; see `Sandbox.resetPeakMemory`. */
  resetPeak(): void;
  processes(): readonly number[];
  freeze(): void;
  thaw(): void;
  frozen(): boolean;
  /** SIGKILL for every process, also when frozen. May miss one that is being forked: call again. */
  kill(): void;
  /** Removes the empty group; false while processes are left in it. Idempotent. */
  remove(): Promise<boolean>;
}

/** All groups of one driver, below one parent that only it uses. */
export interface GroupTree {
  /** For people, such as `v2` or `hybrid`. */
  readonly version: string;
  /** Of the parent. */
  readonly memory: MemoryFiles;
  /** Mount points that runtimes must not see, because they refuse hybrid hosts. */
  readonly hide: readonly string[];
  /** Makes the group with memory and pids limits and little claim to the cpu, until `setLimits`. */
  create(name: string, limits: GroupLimits): Promise<Group>;
  /** A group that exists already, left by an earlier life. */
  open(name: string): Group;
  /** Names of the groups that exist. */
  names(): readonly string[];
  /** Removes the parent, which must be empty. Idempotent. */
  close(): Promise<void>;
}

/** How the names of parents of all drivers begin. */
export const parentPrefix = 'pilotlight-';

/** Counters before anything ran. */
export const noUsage: SandboxUsage = {
  cpuTimeMs: 0,
  memoryBytes: 0,
  peakMemoryBytes: 0,
  oomKills: 0,
  pidsLimitHits: 0,
};

/** Length of the kernel's accounting period for cpu quotas. */
export const cpuPeriodUs = 100_000;

/** Microseconds per period; the kernel refuses less than a millisecond. */
export const cpuQuotaUs = (cpus: number) => Math.max(1_000, Math.round(cpus * cpuPeriodUs));

/** The sandbox's init counts as a process too; users are not charged for it. */
export const pidsWithInit = (pids: number) => pids + 1;
