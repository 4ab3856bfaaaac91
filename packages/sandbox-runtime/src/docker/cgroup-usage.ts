// Reads what a container has used from the cgroup that the engine made for it, found by the
// container's id: the process ids that the engine reports mean nothing in a PID namespace of ours.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxUsage } from '../driver.ts';
import type { MemoryFiles } from '../hibernation.ts';
import { CounterFile } from '../oci/cgroup-files.ts';

const root = '/sys/fs/cgroup';

/** How an engine names the cgroups of its containers, from its own `info`. */
export interface CgroupLayout {
  readonly version: '1' | '2';
  /** `cgroupfs` or `systemd`. */
  readonly driver: string;
}

function folder(layout: CgroupLayout, containerId: string, controller: string): string {
  const name =
    layout.driver === 'systemd'
      ? `system.slice/docker-${containerId}.scope`
      : `docker/${containerId}`;
  return layout.version === '1' ? join(root, controller, name) : join(root, name);
}

/** Where the memory controller's files of a container are. */
export function memoryFiles(layout: CgroupLayout, containerId: string): MemoryFiles {
  const version = layout.version === '1' ? 'v1' : 'v2';
  return { version, directory: folder(layout, containerId, 'memory') };
}

/** Whether the cgroups of this running container can be seen from here. */
export function seesCgroup(layout: CgroupLayout, containerId: string): boolean {
  return ['memory', 'cpuacct', 'pids'].every((controller) =>
    existsSync(folder(layout, containerId, controller)),
  );
}

/**
 * Totals of a running container, or undefined once its cgroups are gone, which is some
 * milliseconds after its end. Synchronous: five reads of the kernel's memory take less time than
 * handing them to another thread, and the moment of the last reading counts.
 */
export function readCgroupUsage(
  layout: CgroupLayout,
  containerId: string,
): SandboxUsage | undefined {
  const read = (controller: string, file: string) =>
    readFileSync(join(folder(layout, containerId, controller), file), 'utf8');
  try {
    return layout.version === '1' ? readVersion1(read) : readVersion2(read);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/**
 * Makes the kernel's own peak count from now on, as read from the answer, which is to be closed.
 * Undefined where this kernel cannot, or the container is gone.
 */
export function resetCgroupPeak(
  layout: CgroupLayout,
  containerId: string,
): CounterFile | undefined {
  const name = layout.version === '1' ? 'memory.max_usage_in_bytes' : 'memory.peak';
  const file = new CounterFile(join(folder(layout, containerId, 'memory'), name));
  if (file.reset()) return file;
  file.close();
  return undefined;
}

type ReadFile = (controller: string, file: string) => string;

function readVersion1(read: ReadFile): SandboxUsage {
  return {
    cpuTimeMs: Number(read('cpuacct', 'cpuacct.usage')) / 1e6,
    memoryBytes: Number(read('memory', 'memory.usage_in_bytes')),
    peakMemoryBytes: Number(read('memory', 'memory.max_usage_in_bytes')),
    oomKills: field(read('memory', 'memory.oom_control'), 'oom_kill'),
    pidsLimitHits: field(read('pids', 'pids.events'), 'max'),
  };
}

function readVersion2(read: ReadFile): SandboxUsage {
  const memoryBytes = Number(read('memory', 'memory.current'));
  return {
    cpuTimeMs: field(read('cpuacct', 'cpu.stat'), 'usage_usec') / 1e3,
    memoryBytes,
    peakMemoryBytes: readPeak(read) ?? memoryBytes,
    oomKills: field(read('memory', 'memory.events'), 'oom_kill'),
    pidsLimitHits: field(read('pids', 'pids.events'), 'max'),
  };
}

/** Kernels before 5.19 have no `memory.peak`; then the highest reading has to do. */
function readPeak(read: ReadFile): number | undefined {
  try {
    return Number(read('memory', 'memory.peak'));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** ENODEV is what an open file of a removed cgroup answers. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENODEV')
  );
}
