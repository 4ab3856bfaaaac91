// What the networks of all sandboxes of one driver share: what works on this host, and a folder for
// sockets.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Capability } from '../driver.ts';
import { egressRules } from './egress-rules.ts';
import { probeEgress, probePorts } from './programs.ts';

export interface NetworkHost {
  /** Never reject. */
  readonly ports: Promise<Capability>;
  readonly egress: Promise<Capability>;
  /** A new name in the folder, which only we may enter and which is made when it is first needed. */
  socketPath(): string;
  /** Removes the folder. Idempotent. */
  close(): void;
}

async function unless(obstacle: Capability, probe: () => Promise<Capability>): Promise<Capability> {
  return obstacle.available ? probe() : obstacle;
}

/**
 * Empties `folder`, which only this driver uses and whose path must leave room for a socket's name
 * in 107 characters, and probes the host in the background. `entry` tells whether the driver can find
 * the networks of its sandboxes at all.
 */
export function openNetworkHost(folder: string, entry: Capability): NetworkHost {
  rmSync(folder, { recursive: true, force: true });
  let sockets = 0;
  return {
    ports: unless(entry, probePorts),
    egress: unless(entry, () => probeEgress(egressRules([]))),
    socketPath() {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return join(folder, `${sockets++}.sock`);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
