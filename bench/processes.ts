// Processes below a given one and what they use, from /proc. Linux only.
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface ProcessUsage {
  readonly name: string;
  /** User and system time, children that were waited for included. */
  readonly cpuMs: number;
  /** Proportional set size: shared pages are divided among those who share them. */
  readonly pssMb: number;
}

/** The process and everything below it, sandboxes left out: those are in cgroups of their own. */
export function usageBelow(root: number): ReadonlyMap<number, ProcessUsage> {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readOf(Number(entry), 'stat') : undefined;
    if (stat !== undefined) parents.set(Number(entry), Number(fieldsOf(stat)[1]));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return pid === root || (parent !== undefined && parent > 0 && isBelow(parent));
  };
  const usages = [...parents.keys()]
    .filter((pid) => isBelow(pid) && !isSandboxed(pid))
    .map((pid): [number, ProcessUsage | undefined] => [pid, usageOf(pid)]);
  return new Map(usages.filter((entry): entry is [number, ProcessUsage] => entry[1] !== undefined));
}

/** What one process uses; undefined where there is none. */
export function usageOf(pid: number): ProcessUsage | undefined {
  const stat = readOf(pid, 'stat');
  const memory = readOf(pid, 'smaps_rollup');
  const command = readOf(pid, 'cmdline');
  if (stat === undefined || memory === undefined || command === undefined) return undefined;
  const millisecondsPerTick = 10;
  const ticks = fieldsOf(stat).slice(11, 15).map(Number);
  return {
    name: nameOf(command.split('\0').filter(Boolean)),
    cpuMs: ticks.reduce((sum, value) => sum + value, 0) * millisecondsPerTick,
    pssMb: Number(/^Pss:\s+(\d+) kB/m.exec(memory)?.[1] ?? 0) / 1_024,
  };
}

/** The fields after the command, which may itself contain spaces and brackets. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** A service by its folder, anything else by its program. */
function nameOf(argv: readonly string[]): string {
  const service = argv
    .map((word) => /services\/([\w-]+)\/(?:src|dist)\//.exec(word)?.[1])
    .find(Boolean);
  const isUp = argv.includes('up') && argv.some((word) => word.endsWith('pilotlight.mjs'));
  const program = basename(argv[0] ?? 'kernel thread');
  if (service === undefined) return isUp ? 'supervisor' : program;
  return program === 'node' ? service : `${service} (${program})`;
}

function isSandboxed(pid: number): boolean {
  return readOf(pid, 'cgroup')?.includes('sb_') ?? true;
}

/** Undefined for a process that has ended meanwhile. */
function readOf(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
