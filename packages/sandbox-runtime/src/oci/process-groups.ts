// The processes of a command inside a sandbox as the host sees them: whom a signal reaches and what a
// kill ends. Read from /proc, never from anything that the sandbox says.
import { constants } from 'node:os';
import { hasCode, readIfPresent } from './cgroup-files.ts';

/** One process; all numbers are the host's. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Number of its terminal's device; 0 where it has none. */
  readonly terminal: number;
  /** The group in its terminal's foreground; below 1 where there is none. */
  readonly foreground: number;
}

/** Undefined for a process that is gone. */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readIfPresent(`/proc/${pid}/stat`);
  // The name comes in parentheses and may hold anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(')') + 1).trim();
  const [, parent, group, session, terminal, foreground] = fields.split(' ').map(Number);
  if (parent === undefined || group === undefined || group < 2) return undefined;
  return {
    ...{ pid, parent, group },
    ...{ session: session ?? 0, terminal: terminal ?? 0, foreground: foreground ?? 0 },
  };
}

/** A process and everything that descends from it, out of a list. */
export function treeOf(root: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const known = new Set([root]);
  for (let size = 0; size < known.size; ) {
    size = known.size;
    for (const { pid, parent } of all) if (known.has(parent)) known.add(pid);
  }
  return all.filter(({ pid }) => known.has(pid));
}

/** Where a terminal's device is inside, by its number as `stat` has it (major 136, one of devpts). */
export function terminalPath(device: number): string {
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return `/dev/pts/${minor}`;
}

/** Signals a process group of a sandbox; one that is gone is left alone. */
export function signalGroup(group: number, name: NodeJS.Signals): void {
  signalProcess(-group, name);
}

/** Signals one process of a sandbox; one that is gone is left alone. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, constants.signals[name]);
  } catch (thrown) {
    if (!hasCode(thrown, 'ESRCH')) throw thrown;
  }
}
