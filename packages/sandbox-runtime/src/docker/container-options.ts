// What the engine is asked for when a sandbox is made: a pure translation of its specification, in
// which everything that is not needed is denied.
import type { SandboxLimits, SandboxSpec } from '../driver.ts';

export const sandboxLabel = 'pilotlight.sandbox';
export const incarnationLabel = 'pilotlight.incarnation';
export const sandboxUser = '65534:65534';

/** Where a template's files put the init that every sandbox shares. */
export const initPath = '/pilotlight/init.sh';

const cpuPeriodUs = 100_000;
const scratchBytes = 16 << 20;
/** Processes of ours beside the init, for which a program must not pay: the lifeline's two. */
const ownProcesses = 2;

/**
 * Becomes the init as PID 1, beside a lifeline. A container outlives whoever asked for it, but the
 * engine closes its stdin when the attached connection breaks: then `cat` ends, and everything is
 * killed. The init and the runner read what `cat` passes on. A program that kills the lifeline
 * lives on after our death until the next start of an executor finds it.
 */
const lifeline = `
mkfifo -m 600 /job/.stdin
exec 3<&0
{ cat <&3 >/job/.stdin; kill -KILL -1; } 2>/dev/null &
exec "$@" </job/.stdin 3<&-`;

/** The name under which a sandbox's container is found without remembering its id. */
export function containerName(sandboxId: string): string {
  return `pilotlight-${sandboxId}`;
}

/** The limits that can change while a container runs, in the engine's terms. */
export function resourceLimits(
  limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>,
): Readonly<Record<string, number>> {
  return {
    Memory: limits.memoryBytes,
    // Together with swap: none is allowed.
    MemorySwap: limits.memoryBytes,
    CpuPeriod: cpuPeriodUs,
    CpuQuota: Math.max(1_000, Math.round(limits.cpus * cpuPeriodUs)),
    PidsLimit: limits.pids + ownProcesses,
  };
}

function tmpfs(sizeBytes: number, mode: string): string {
  // One inode for each 4 KiB: an inode bomb ends as soon as one of data.
  const inodes = Math.ceil(sizeBytes / 4096);
  return `rw,exec,nosuid,nodev,size=${sizeBytes},nr_inodes=${inodes},mode=${mode},uid=65534,gid=65534`;
}

export interface ContainerOptions {
  /** The image with the template's files in it. */
  readonly image: string;
  readonly nonce: string;
  /** OCI runtime registered with the engine; its default where undefined. */
  readonly runtime: string | undefined;
  /** A seccomp profile as JSON; the engine's own where undefined. */
  readonly seccomp: string | undefined;
}

/** The body of the engine's `create` call. */
export function containerOptions(spec: SandboxSpec, options: ContainerOptions) {
  const { template, limits } = spec;
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
    Entrypoint: ['sh', '-c', lifeline, 'sh', 'sh', initPath, options.nonce, ...template.runner],
    Cmd: [],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    HostConfig: {
      ...resourceLimits(limits),
      ...(options.runtime === undefined ? {} : { Runtime: options.runtime }),
      Init: false,
      AutoRemove: false,
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: [
        'no-new-privileges',
        ...(options.seccomp === undefined ? [] : [`seccomp=${options.seccomp}`]),
      ],
      IpcMode: 'private',
      ShmSize: scratchBytes,
      LogConfig: { Type: 'none', Config: {} },
      Tmpfs: {
        '/workspace': tmpfs(limits.workspaceBytes, '0755'),
        '/job': tmpfs(limits.workspaceBytes, '0700'),
        '/tmp': tmpfs(scratchBytes, '1777'),
      },
      Ulimits: [
        { Name: 'nofile', Soft: limits.openFiles, Hard: limits.openFiles },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
    },
  };
}
