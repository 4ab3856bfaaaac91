// InstallPackages: the holder of a lease asks for packages and waits for them.
import {
  type InstallPackagesRequest,
  type InstallPackagesResponse,
  PlatformError,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Leases } from './leases.ts';
import type { Packages } from './packages.ts';

export interface InstallOptions {
  readonly leases: Pick<Leases, 'use'>;
  readonly packages: Pick<Packages, 'install'>;
  readonly clock: Clock;
}

/** The lease does not become idle meanwhile. Rejects as `Packages.install` and `Leases.use` do. */
export async function installPackages(
  { leases, packages, clock }: InstallOptions,
  request: InstallPackagesRequest,
  signal: AbortSignal,
): Promise<InstallPackagesResponse> {
  const { record, times } = leases.use(request.lease);
  if (record.state === 'paused') {
    throw new PlatformError('failed_precondition', 'the sandbox is paused: resume it first');
  }
  times.activeCalls += 1;
  try {
    const { installed, durationMs } = await packages.install(record, request.packages, signal);
    return { installed: [...installed], durationMs };
  } finally {
    times.activeCalls -= 1;
    times.lastUsedMs = clock.monotonicMs();
  }
}
