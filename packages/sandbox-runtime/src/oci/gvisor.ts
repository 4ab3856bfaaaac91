// gVisor as the runtime of templates that ask for it: a kernel in user space between the program and
// the host's. What the control group holds it to includes that kernel.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type IsolationLevel, PlatformError } from '@pilotlight/contracts';
import type { Capability } from '../driver.ts';
import { gvisorThreads } from '../walls.ts';
import type { GroupLimits } from './cgroup.ts';
import type { OciHost } from './host.ts';
import type { Runtime } from './runtime.ts';

const name = 'runsc';
const notInstalled = 'gVisor is not installed here (there is no runsc).';

/**
 * Finds it in a search path, or where `path` says; undefined where it is not. Does not start it,
 * which would take as long as all the rest of an executor's start.
 */
export function findGvisor(path: string | undefined, searchPath: string): Runtime | undefined {
  const candidates =
    path === undefined ? searchPath.split(delimiter).map((d) => join(d, name)) : [path];
  const found = candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      // Absence is the usual case.
      return false;
    }
  });
  if (found === undefined) return undefined;
  return { path: found, name, version: '', startsInGroup: true, isGvisor: true };
}

/** Whether it is there; that it works is found out when the first template asks for it. */
export function gvisorCapability(runtime: Runtime | undefined): Capability {
  if (runtime !== undefined) return { available: true };
  return { available: false, reason: notInstalled };
}

/** What the control group is to hold. One process too many ends the sandbox. */
export function gvisorLimits(limits: GroupLimits): GroupLimits {
  return { ...limits, pids: limits.pids + gvisorThreads };
}

/** The runtime for a template. Throws `unavailable` and the reason where there is none. */
export function runtimeFor(host: OciHost, isolation: IsolationLevel): Runtime {
  if (isolation === 'default') return host.runtime;
  if (host.gvisor !== undefined) return host.gvisor;
  throw new PlatformError('unavailable', notInstalled);
}
