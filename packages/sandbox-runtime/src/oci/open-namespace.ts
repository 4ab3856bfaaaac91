// Finds the network namespace of a sandbox by the process id of its init.
import { PlatformError } from '@pilotlight/contracts';
import { type NetworkNamespace, openNamespace } from '../network/namespace.ts';
import type { Group } from './cgroup.ts';
import { readIfPresent } from './cgroup-files.ts';

/**
 * Opens it by the file in which the runtime left the id. Throws `unavailable` when that process is
 * gone: ids are used again, so it must be in the sandbox's own control group before and after.
 */
export function openSandboxNamespace(pidFile: string, group: Group): NetworkNamespace {
  const pid = Number(readIfPresent(pidFile));
  const demandInit = () => {
    if (pid > 1 && group.processes().includes(pid)) return;
    throw new PlatformError('unavailable', 'The sandbox has ended.');
  };
  demandInit();
  const namespace = openNamespace(`/proc/${pid}/ns/net`);
  try {
    demandInit();
    return namespace;
  } catch (thrown) {
    namespace.close();
    throw thrown;
  }
}
