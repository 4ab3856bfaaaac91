// Removes what there is of one sandbox, whether it is known or was found: its processes first, then its
// control group, then its directory.
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@pilotlight/contracts';
import type { Group } from './cgroup.ts';

const pollMs = 1;
const patienceMs = 10_000;

/** Repeats `attempt` until it says true. Rejects when the kernel does not let go for ten seconds. */
async function until(attempt: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await attempt())) {
    if (performance.now() > deadline) throw new PlatformError('internal', `${what} in time.`);
    await delay(pollMs);
  }
}

/** Kills everything in the group and resolves once nothing is left in it and `gone` agrees. */
export function killGroup(group: Group, gone: () => boolean): Promise<void> {
  return until(() => {
    group.kill();
    return group.processes().length === 0 && gone();
  }, `The processes of ${group.path} did not end`);
}

/** Freezes every process of the group; resolves once none of them runs. */
export function freezeGroup(group: Group): Promise<void> {
  group.freeze();
  return until(() => group.frozen(), `The processes of ${group.path} did not freeze`);
}

/** Removes an empty group; its last counters stay readable. */
export function removeGroupFully(group: Group): Promise<void> {
  return until(() => group.remove(), `The control group ${group.path} was not released`);
}

/** Removes a directory of ours. Idempotent. */
export function removeDirectory(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
