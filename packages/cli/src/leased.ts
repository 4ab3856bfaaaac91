// What commands on one leased sandbox share: its token, and a connection for as long as they take.
import type { SandboxHandle } from '@pilotlight/client';
import { leaseOf } from './leases.ts';
import { type CommonOptions, withSession } from './session.ts';

export interface LeasedOptions extends CommonOptions {
  readonly token?: string;
}

/** For commander: flags and description. */
export const tokenOption = [
  '--token <token>',
  'the lease, where it was not acquired from here',
] as const;

/** Rejects with `permission_denied`, saying what to do, where the token is not known. */
export function withLease<T>(
  options: LeasedOptions,
  sandboxId: string,
  work: (sandbox: SandboxHandle) => Promise<T>,
): Promise<T> {
  return withSession(options, async ({ client, dataDir }) =>
    work(client.attach(leaseOf(dataDir, sandboxId, options.token))),
  );
}
