// gVisor as a runtime of a Docker engine.
import { PlatformError } from '@pilotlight/contracts';
import type Docker from 'dockerode';
import type { EngineInfo } from 'dockerode';
import type { Capability } from '../driver.ts';
import { removeContainer } from './remove-container.ts';

/** The name under which the engine must know it. */
export const gvisorRuntime = 'runsc';

/** Whether the engine knows it; that it works is found out when the first template asks for it. */
export function gvisorCapability(info: EngineInfo): Capability {
  if (gvisorRuntime in info.Runtimes) return { available: true };
  const reason = `The engine has no runtime ${gvisorRuntime}; install gVisor and register it under that name.`;
  return { available: false, reason };
}

/** A build of gVisor that does not fit the Go it was built with crashes at one of the first forks. */
const forks = Array.from({ length: 10 }, () => '/bin/true').join(' && ');

/**
 * Starts a few programs in gVisor, which takes about a second. Rejects with `unavailable` and the
 * reason where that does not work.
 */
export async function probeGvisor(docker: Docker, image: string): Promise<void> {
  const unavailable = (reason: string, cause?: unknown) =>
    new PlatformError('unavailable', `gVisor does not work here: ${reason}`, { cause });
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ['sh', '-c', forks],
    Cmd: [],
    Labels: { 'pilotlight.probe': 'gvisor' },
    HostConfig: {
      Runtime: gvisorRuntime,
      NetworkMode: 'none',
      LogConfig: { Type: 'none', Config: {} },
    },
  });
  try {
    const end = container.wait({ condition: 'next-exit' });
    await Promise.race([container.start(), end]).catch((error: unknown) => {
      throw unavailable(error instanceof Error ? error.message.trim() : String(error), error);
    });
    const { StatusCode: code } = await end;
    if (code !== 0) throw unavailable(`a program in it ended with ${code}.`);
  } finally {
    await removeContainer(container);
  }
}
