// Chooses the best driver that works on this host. Drivers are loaded when they are tried, because
// loading one can take longer than a service may take to start.
import { PlatformError } from '@pilotlight/contracts';
import type { DockerDriverOptions } from './docker/driver.ts';
import type { SandboxDriver } from './driver.ts';
import type { OciDriverOptions } from './oci/oci-driver.ts';

export interface OpenDriverOptions {
  /** `auto` takes `oci` if its limits hold here, else `docker`, else `oci` with `weakLimits`. */
  readonly prefer: 'auto' | 'oci' | 'docker';
  /** Accepts a driver whose limits were not seen to hold. */
  readonly weakLimits: boolean;
  readonly oci: OciDriverOptions;
  readonly docker: DockerDriverOptions;
}

type Attempt = { readonly driver: SandboxDriver } | { readonly problem: string };

/** Anything but a reason why a driver cannot work here is a fault of ours, and is not hidden. */
async function attempt(open: () => Promise<SandboxDriver>): Promise<Attempt> {
  try {
    return { driver: await open() };
  } catch (thrown) {
    if (thrown instanceof PlatformError) return { problem: thrown.message };
    throw thrown;
  }
}

async function openOci(options: OpenDriverOptions): Promise<SandboxDriver> {
  const { createOciDriver } = await import('./oci/oci-driver.ts');
  return createOciDriver(options.oci);
}

async function openDocker(options: OpenDriverOptions): Promise<SandboxDriver> {
  const { createDockerDriver } = await import('./docker/driver.ts');
  return createDockerDriver(options.docker);
}

/**
 * Opens a driver and probes it, which takes a tenth of a second (`oci`) to half a second
 * (`docker`). Rejects with `unavailable` and one sentence on what to install or allow.
 */
export async function openDriver(options: OpenDriverOptions): Promise<SandboxDriver> {
  const openers = {
    auto: [openOci, openDocker],
    oci: [openOci],
    docker: [openDocker],
  }[options.prefer];
  const problems: string[] = [];
  const weak: SandboxDriver[] = [];
  for (const open of openers) {
    const result = await attempt(() => open(options));
    if ('problem' in result) problems.push(result.problem);
    else if (!result.driver.capabilities.enforcesLimits) weak.push(result.driver);
    else {
      await Promise.all(weak.map((driver) => driver.close()));
      return result.driver;
    }
  }
  const [first, ...others] = weak;
  if (first !== undefined && options.weakLimits) {
    await Promise.all(others.map((driver) => driver.close()));
    return first;
  }
  problems.push(...weak.flatMap((driver) => driver.capabilities.warnings));
  await Promise.all(weak.map((driver) => driver.close()));
  const way = weak.length > 0 ? 'or accept weak limits with --weak-limits' : 'and run as root';
  throw new PlatformError(
    'unavailable',
    `No sandboxes can be made here. Install crun (or start Docker), ${way}. ${problems.join(' ')}`,
  );
}
