// Gives the memory of a frozen sandbox back to the host: the kernel is made to move it out to swap
// through the sandbox's control group, and brings it back page by page as it is touched again.
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { Capability } from './driver.ts';

/** Where the memory controller's files of one control group are. */
export interface MemoryFiles {
  readonly version: 'v1' | 'v2';
  readonly directory: string;
}

const neededFiles = {
  v1: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
  v2: ['memory.swap.max', 'memory.reclaim'],
} as const;

/** What a push leaves behind anyway: pages in the kernel's own hands. */
const smallestLimitBytes = 1 << 20;
/** A push gives up after a while, and what it has done stays done. */
const maxPushes = 8;

/** Bytes of swap that are free, in the text of /proc/swaps. */
export function freeSwapBytes(table: string): number {
  const rows = table.trim().split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .reduce((sum, [, , size, used]) => sum + (Number(size) - Number(used)) * 1_024, 0);
}

/** Whether memory in groups such as this one can be moved to swap. Costs a few file look-ups. */
export function probeHibernation(files: MemoryFiles): Capability {
  const missing = neededFiles[files.version].filter(
    (name) => !existsSync(join(files.directory, name)),
  );
  if (missing.length > 0) {
    const reason = `The kernel has no ${missing.join(', ')} for control groups, so their memory cannot be swapped out.`;
    return { available: false, reason };
  }
  if (readFileSync('/proc/swaps', 'latin1').trim().split('\n').length < 2) {
    return { available: false, reason: 'The host has no swap; add some with swapon.' };
  }
  return { available: true };
}

const numberIn = async (path: string) => Number(await readFile(path, 'latin1'));

/** False where the kernel could do a part of it only, or nothing. */
async function push(path: string, value: number): Promise<boolean> {
  try {
    await writeFile(path, `${value}`);
    return true;
  } catch (thrown) {
    const busy = thrown instanceof Error && 'code' in thrown;
    if (busy && (thrown.code === 'EBUSY' || thrown.code === 'EAGAIN')) return false;
    throw thrown;
  }
}

/** Until a push no longer makes a difference. Each blocks a thread while the kernel writes. */
async function pushAll(usage: string, once: (bytes: number) => Promise<boolean>): Promise<void> {
  let before = await numberIn(usage);
  for (let pushes = 0; pushes < maxPushes; pushes++) {
    if (await once(before)) return;
    const now = await numberIn(usage);
    if (now > before - smallestLimitBytes) return;
    before = now;
  }
}

/** Memory has to be allowed into swap for that time, which our limits forbid. */
async function swapOutV1(at: (name: string) => string): Promise<void> {
  const [limit, both] = [at('memory.limit_in_bytes'), at('memory.memsw.limit_in_bytes')];
  const limits = [await numberIn(limit), await numberIn(both)] as const;
  await writeFile(both, '-1');
  try {
    await pushAll(at('memory.usage_in_bytes'), () => push(limit, smallestLimitBytes));
  } finally {
    await writeFile(limit, `${limits[0]}`);
    await writeFile(both, `${limits[1]}`);
  }
}

async function swapOutV2(at: (name: string) => string): Promise<void> {
  const swapMax = at('memory.swap.max');
  const allowed = (await readFile(swapMax, 'latin1')).trim();
  await writeFile(swapMax, 'max');
  try {
    await pushAll(at('memory.current'), (bytes) => push(at('memory.reclaim'), bytes));
  } finally {
    await writeFile(swapMax, allowed);
  }
}

/**
 * Moves the memory of a group whose processes are frozen to swap; its limits are as before when this
 * resolves, and what is in swap counts against them. About half a second for each GB. Rejects with
 * `unavailable` where there is no room for it.
 */
export async function swapOut(files: MemoryFiles): Promise<void> {
  const at = (name: string) => join(files.directory, name);
  const usage = at(files.version === 'v1' ? 'memory.usage_in_bytes' : 'memory.current');
  const [needed, swaps] = [await numberIn(usage), await readFile('/proc/swaps', 'latin1')];
  if (freeSwapBytes(swaps) < needed) {
    throw new PlatformError('unavailable', 'The host has too little free swap for this sandbox.');
  }
  await (files.version === 'v1' ? swapOutV1(at) : swapOutV2(at));
}
