// Which version of control groups this host has, seen from its mounts, and where they are.
import { accessSync, constants, readFileSync } from 'node:fs';
import type { GroupTree } from './cgroup.ts';
import { readIfPresent } from './cgroup-files.ts';
import { controllersV1, createGroupTreeV1, type MountsV1 } from './cgroup-v1.ts';
import { createGroupTreeV2 } from './cgroup-v2.ts';

interface Mount {
  readonly at: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** The mounts of control groups in the text of /proc/self/mountinfo. */
export function parseCgroupMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const at = before?.split(' ')[4];
    const [type, , options] = after?.split(' ') ?? [];
    if (at === undefined || !type?.startsWith('cgroup')) return [];
    return [{ at: at.replaceAll('\\040', ' '), type, options: options?.split(',') ?? [] }];
  });
}

/** Where each needed controller of version 1 is mounted; undefined unless all of them are. */
export function findMountsV1(mounts: readonly Mount[]): MountsV1 | undefined {
  const at = (name: string) =>
    mounts.find((m) => m.type === 'cgroup' && m.options.includes(name))?.at;
  const [memory, pids, cpu, cpuacct, freezer] = controllersV1.map(at);
  if (!(memory && pids && cpu && cpuacct && freezer)) return undefined;
  return { memory, pids, cpu, cpuacct, freezer };
}

const hasV2Controllers = (mount: string) =>
  ['memory', 'pids', 'cpu'].every((name) =>
    readIfPresent(`${mount}/cgroup.controllers`).trim().split(' ').includes(name),
  );

/**
 * The tree for groups below `parent`, or the reason why there is none. Groups live at the top of
 * each hierarchy, as those of other container engines do: there a later life finds what an earlier
 * one left, whichever group it was started in.
 */
export async function openGroupTree(
  parent: string,
): Promise<GroupTree | { readonly problem: string }> {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const v2 = mounts.find((mount) => mount.type === 'cgroup2');
  const v1 = findMountsV1(mounts);
  try {
    if (v2 !== undefined && hasV2Controllers(v2.at)) {
      accessSync(v2.at, constants.W_OK);
      return await createGroupTreeV2(v2.at, parent);
    }
    if (v1 === undefined) return { problem: 'no cgroup has the memory, pids and cpu controllers' };
    const used = new Set(Object.values(v1));
    const at = (mount: Mount) => mount.at;
    return await createGroupTreeV1({
      mounts: v1,
      otherMounts: mounts.filter((m) => m.type === 'cgroup' && !used.has(m.at)).map(at),
      unifiedMounts: mounts.filter(({ type }) => type === 'cgroup2').map(at),
      parent,
    });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { problem: `cgroups cannot be written: ${message}` };
  }
}
