// What the engine is asked for when a sandbox is made: a pure translation of its specification, in
// which everything that is not needed is denied.
import type { IsolationLevel } from '@pilotlight/contracts';
import type { SandboxLimits, SandboxSpec } from '../driver.ts';
import { nameServer } from '../network/egress-rules.ts';
import { seccompProfile } from '../seccomp.ts';
import { ownGroup } from '../signal-program.ts';
import {
  gvisorThreads,
  maskedPaths,
  maxFileBytes,
  readonlyPaths,
  type ScratchFolder,
  sandboxUid,
  scratchFolders,
} from '../walls.ts';
import { gvisorRuntime } from './gvisor.ts';

export const sandboxLabel = 'pilotlight.sandbox';
export const incarnationLabel = 'pilotlight.incarnation';
export const sandboxUser = `${sandboxUid}:${sandboxUid}`;

/** Where a template's files put the init that every sandbox shares. */
export const initPath = '/pilotlight/init.sh';

/** A file that says that the end of the container's stdin is not the end of its owner. */
export const inputClosedPath = '/job/.closed';

const cpuPeriodUs = 100_000;
/** Processes of ours beside the init, for which a program must not pay: the lifeline's two. */
const ownProcesses = 2;

/**
 * Becomes the init as PID 1, beside a lifeline. A container outlives whoever asked for it, but the
 * engine closes its stdin when the attached connection breaks: then `cat` ends, and everything is
 * killed. The init and the runner read what `cat` passes on. A program that kills the lifeline
 * lives on after our death until the next start of an executor finds it. Whoever ends the input on
 * purpose (program-input.ts) has put another lifeline there before.
 */
const lifeline = `
mkfifo -m 600 /job/.stdin
exec 3<&0
{ cat <&3 >/job/.stdin; [ -e ${inputClosedPath} ] || kill -KILL -1; } 2>/dev/null &
exec "$@" </job/.stdin 3<&-`;

/** The name under which a sandbox's container is found without remembering its id. */
export function containerName(sandboxId: string): string {
  return `pilotlight-${sandboxId}`;
}

/** The limits that can change while a container runs, in the engine's terms. */
export function resourceLimits(
  limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>,
  isolation: IsolationLevel,
): Readonly<Record<string, number>> {
  return {
    Memory: limits.memoryBytes,
    // Together with swap: none is allowed.
    MemorySwap: limits.memoryBytes,
    CpuPeriod: cpuPeriodUs,
    CpuQuota: Math.max(1_000, Math.round(limits.cpus * cpuPeriodUs)),
    PidsLimit: limits.pids + ownProcesses + (isolation === 'gvisor' ? gvisorThreads : 0),
  };
}

function tmpfs({ bytes, inodes, mode, isExecutable }: ScratchFolder): string {
  const size = `size=${bytes},nr_inodes=${inodes},mode=${mode}`;
  return `rw,${isExecutable ? 'exec' : 'noexec'},nosuid,nodev,${size},uid=${sandboxUid},gid=${sandboxUid}`;
}

const ulimit = (name: string, value: number) => ({ Name: name, Soft: value, Hard: value });

export interface ContainerOptions {
  /** The image with the template's files in it. */
  readonly image: string;
  readonly nonce: string;
  /**
   * OCI runtime registered with the engine, for templates that do not ask for gVisor; its default where
   * undefined.
   */
  readonly runtime: string | undefined;
  /** The engine's processor; for one that we do not know the engine's own seccomp profile applies. */
  readonly arch: string;
}

/** The body of the engine's `create` call. */
export function containerOptions(spec: SandboxSpec, options: ContainerOptions) {
  const { template, limits } = spec;
  const runtime = template.isolation === 'gvisor' ? gvisorRuntime : options.runtime;
  const seccomp = seccompProfile(options.arch, template.isolation);
  return {
    name: containerName(spec.id),
    Image: options.image,
    Labels: { [sandboxLabel]: spec.id, [incarnationLabel]: spec.incarnation },
    Hostname: 'sandbox',
    User: sandboxUser,
    WorkingDir: '/workspace',
    Env: Object.entries({ HOME: '/workspace', ...template.env }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    Entrypoint: [
      ...['sh', '-c', lifeline, 'sh', 'sh', initPath, options.nonce],
      ...ownGroup,
      ...template.runner,
    ],
    Cmd: [],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    HostConfig: {
      ...resourceLimits(limits, template.isolation),
      ...(runtime === undefined ? {} : { Runtime: runtime }),
      Init: false,
      AutoRemove: false,
      NetworkMode: 'none',
      // Without a network it cannot be reached; and the host's own are not told.
      Dns: [nameServer],
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: [
        'no-new-privileges',
        ...(seccomp === undefined ? [] : [`seccomp=${JSON.stringify(seccomp)}`]),
      ],
      MaskedPaths: maskedPaths,
      ReadonlyPaths: readonlyPaths,
      IpcMode: 'private',
      CgroupnsMode: 'private',
      LogConfig: { Type: 'none', Config: {} },
      Tmpfs: Object.fromEntries(
        scratchFolders(limits).map((folder) => [folder.path, tmpfs(folder)]),
      ),
      Ulimits: [
        ulimit('nofile', limits.openFiles),
        ulimit('core', 0),
        ulimit('fsize', maxFileBytes),
      ],
    },
  };
}
