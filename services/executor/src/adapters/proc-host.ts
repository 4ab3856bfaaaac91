// The machine as Linux shows it under /proc, and the file system that holds the sandboxes.
import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../app/ports.ts';
import {
  diskUsedRatio,
  type GroupMemory,
  groupMemoryUsedRatio,
  memoryUsedRatio,
  parseCpuTimes,
  parseDiskBytes,
  parseNetworkBytes,
} from '../domain/host-usage.ts';

export interface ProcHostOptions {
  /** A folder of the file system that holds the sandboxes. */
  readonly directory: string;
  /** Unless given, those of this machine; for tests. */
  readonly proc?: string;
  readonly cgroup?: string;
}

/** Four small reads, one of the file system's figures, and those of a control group with a limit. */
export function createProcHost(options: ProcHostOptions): Host {
  const { directory, proc = '/proc', cgroup = '/sys/fs/cgroup' } = options;
  const read = (name: string) => readFile(join(proc, name), 'utf8');
  return {
    async sample() {
      try {
        const [stat, meminfo, netDev, diskstats, fs, group] = await Promise.all([
          read('stat'),
          read('meminfo'),
          read('net/dev'),
          read('diskstats'),
          statfs(directory),
          groupMemory(cgroup),
        ]);
        const cpu = parseCpuTimes(stat);
        const memory = memoryUsedRatio(meminfo);
        if (cpu === undefined || memory === undefined) return undefined;
        return {
          cpu,
          memoryUsedRatio: Math.max(memory, groupMemoryUsedRatio(group)),
          diskUsedRatio: diskUsedRatio(fs),
          diskFreeBytes: fs.bavail * fs.bsize,
          ...parseNetworkBytes(netDev),
          ...parseDiskBytes(diskstats),
        };
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * Of the group at the top of what this process sees, in which sandboxes are made beside it: the
 * container's own, in a container. On the host itself that one has no limit.
 */
async function groupMemory(cgroup: string): Promise<GroupMemory> {
  const read = (name: string) => readFile(join(cgroup, name), 'utf8').catch(() => '');
  const limit = await read('memory.max');
  if (limit !== '') {
    const [used, stat] = await Promise.all([read('memory.current'), read('memory.stat')]);
    return { limit, used, stat, droppable: 'inactive_file' };
  }
  const [limitV1, used, stat] = await Promise.all(
    ['limit_in_bytes', 'usage_in_bytes', 'stat'].map((name) => read(`memory/memory.${name}`)),
  );
  return {
    ...{ limit: limitV1 ?? '', used: used ?? '', stat: stat ?? '' },
    droppable: 'total_inactive_file',
  };
}
