// Finds the network namespace of a container by the process id that the engine tells, where the engine's
// processes can be seen from here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { Container } from 'dockerode';
import { type NetworkNamespace, openNamespace } from '../network/namespace.ts';
import { readIfPresent } from '../oci/cgroup-files.ts';
import { engineFault } from './engine-error.ts';

/**
 * Process tables in which the engine's ids may mean something: ours, and the host's, which
 * own-namespace.sh keeps in reach of a process that has an id space of its own.
 */
const processTables = ['/proc', '/run/pilotlight/host-proc'];

/**
 * Opens the namespace of a running container. Rejects with `unavailable` where its processes cannot
 * be seen from here. An id is believed only while its process is in a control group that bears the
 * container's own id.
 */
export async function openContainerNamespace(container: Container): Promise<NetworkNamespace> {
  const { State } = await container.inspect().catch((error: unknown) => {
    throw engineFault(error);
  });
  if (State.Pid <= 1) throw new PlatformError('unavailable', 'The sandbox has ended.');
  for (const table of processTables) {
    const folder = join(table, `${State.Pid}`);
    const isContainer = () => readIfPresent(join(folder, 'cgroup')).includes(container.id);
    if (!existsSync(folder) || !isContainer()) continue;
    const namespace = openNamespace(join(folder, 'ns/net'));
    if (isContainer()) return namespace;
    namespace.close();
  }
  throw new PlatformError(
    'unavailable',
    "The engine's processes cannot be seen from here; run the executor on the engine's own machine, in its process namespace.",
  );
}
