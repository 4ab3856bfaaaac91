// Finds out what an engine can do by letting one container misbehave: engines accept limits that
// their kernel then does not enforce.
import { PlatformError } from '@pilotlight/contracts';
import type Docker from 'dockerode';
import type { Container, EngineInfo } from 'dockerode';
import type { Capability, DriverCapabilities } from '../driver.ts';
import { probeHibernation } from '../hibernation.ts';
import { type CgroupLayout, memoryFiles, seesCgroup } from './cgroup-usage.ts';
import { resourceLimits } from './container-options.ts';
import { engineFault, engineStatus } from './engine-error.ts';
import { gvisorCapability } from './gvisor.ts';
import { openContainerNamespace } from './open-namespace.ts';
import { removeContainer } from './remove-container.ts';

const limits = { memoryBytes: 32 << 20, cpus: 1, pids: 16 };

/** Waits until it has been looked at, takes twice the memory, then four times the processes; its exit code has a bit for each success. */
const misbehave = `
read go
head -c 64m /dev/zero | tail -c 64m >/dev/null
[ $? -gt 128 ] && memory=0 || memory=1
( i=0; while [ $i -lt 64 ]; do sleep 1 & i=$((i+1)); done ) 2>/dev/null && pids=2 || pids=0
exit $((memory + pids))`;

/** Node's names for the processors that engines name as `uname` does. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  aarch64: 'arm64',
  riscv64: 'riscv64',
};

export interface ProbeResult {
  readonly capabilities: DriverCapabilities;
  /** Where to read usage; undefined where only the engine can tell. */
  readonly layout: CgroupLayout | undefined;
  /** The engine's processor, as `process.arch` names it; '' for one that we do not know. */
  readonly arch: string;
}

/** Runs one container of `image` and removes it. Rejects with `unavailable` and the reason. */
export async function probeEngine(
  docker: Docker,
  { image, runtime }: { readonly image: string; readonly runtime: string | undefined },
): Promise<ProbeResult> {
  const info = await docker.info().catch((error: unknown) => {
    throw engineFault(error);
  });
  const layout: CgroupLayout = { version: info.CgroupVersion ?? '1', driver: info.CgroupDriver };
  const { visible, ...seen } = await misbehaviour(docker, layout, { image, runtime });
  return {
    capabilities: describe(info, { ...seen, visible, runtime: runtime ?? info.DefaultRuntime }),
    layout: visible ? layout : undefined,
    arch: architectures[info.Architecture] ?? '',
  };
}

async function misbehaviour(
  docker: Docker,
  layout: CgroupLayout,
  { image, runtime }: { readonly image: string; readonly runtime: string | undefined },
) {
  const container = await docker
    .createContainer({
      Image: image,
      Cmd: ['sh', '-c', misbehave],
      Labels: { 'pilotlight.probe': 'limits' },
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: {
        ...resourceLimits(limits, 'default'),
        ...(runtime === undefined ? {} : { Runtime: runtime }),
        NetworkMode: 'none',
        LogConfig: { Type: 'none', Config: {} },
      },
    })
    .catch((error: unknown) => {
      if (engineStatus(error) !== 404) throw engineFault(error);
      throw new PlatformError(
        'unavailable',
        `The image ${image} is not on this engine; \`npm run images\` builds it.`,
      );
    });
  try {
    const stdin = await container.attach({ stream: true, stdin: true, hijack: true });
    const end = container.wait({ condition: 'next-exit' });
    await Promise.race([container.start(), end]);
    const seen = await look(container, layout);
    stdin.end('go\n');
    return { exitCode: (await end).StatusCode, ...seen };
  } catch (error) {
    throw engineFault(error);
  } finally {
    await removeContainer(container);
  }
}

const unseen = {
  available: false,
  reason: "The engine's cgroups cannot be read here, so memory cannot be swapped out.",
} as const;

/** What can be done to a running container beside the engine. */
async function look(container: Container, layout: CgroupLayout) {
  const visible = seesCgroup(layout, container.id);
  const network = await openContainerNamespace(container).then(
    (namespace): Capability => {
      namespace.close();
      return { available: true };
    },
    (thrown: unknown) => ({ available: false, reason: PlatformError.from(thrown).message }),
  );
  const hibernate = visible ? probeHibernation(memoryFiles(layout, container.id)) : unseen;
  return { visible, network, hibernate };
}

interface Findings {
  readonly exitCode: number;
  readonly visible: boolean;
  /** Whether the network of a container can be entered. */
  readonly network: Capability;
  readonly hibernate: Capability;
  readonly runtime: string;
}

function describe(info: EngineInfo, findings: Findings): DriverCapabilities {
  const { exitCode, visible, network, hibernate, runtime } = findings;
  const userNamespaces = info.SecurityOptions?.some((option) => option.includes('userns'));
  return {
    description: `docker ${info.ServerVersion} (${runtime}, cgroup v${info.CgroupVersion ?? '1'})`,
    usage: visible ? 'cgroup' : 'api',
    enforcesLimits: exitCode === 0,
    pause: true,
    hibernate,
    ports: network,
    egress: network,
    gvisor: gvisorCapability(info),
    warnings: [
      ...(exitCode & 1 ? ['The engine does not hold containers to their memory limit.'] : []),
      ...(exitCode & 2 ? ['The engine does not hold containers to their limit of processes.'] : []),
      ...(visible
        ? []
        : ["The engine's cgroups cannot be read here; usage is measured less often and exactly."]),
      ...(userNamespaces === true
        ? []
        : ['The engine runs without user namespaces (dockerd --userns-remap adds them).']),
    ],
  };
}
