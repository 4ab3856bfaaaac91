// The configuration of one sandbox for an OCI runtime: a pure translation, in which everything that
// is not needed is denied.
import type { SandboxSpec } from '../driver.ts';
import type { Bind } from './host-view.ts';
import { platformDirectory } from './rootfs.ts';
import { seccompProfile } from './seccomp.ts';

/** The user that programs run as, inside. */
export const sandboxUid = 65_534;

/** Ids of a user namespace; every sandbox has a range of its own. */
export const idsPerSandbox = 65_536;

/** Room for a job's stdin, arguments and environment. */
const jobBytes = 64 << 20;
const tmpBytes = 64 << 20;
const bytesPerInode = 4_096;
const maxFileBytes = 1 << 30;

export interface BundleOptions {
  readonly spec: SandboxSpec;
  /** The command under the init, with its program as an absolute path inside. */
  readonly runner: readonly string[];
  readonly searchPath: string;
  /** Absolute path of the shared root directory on the host. */
  readonly root: string;
  readonly binds: readonly Bind[];
  /** First id on the host of this sandbox's range; undefined where there is no user namespace. */
  readonly firstId: number;
  /** For runtimes that enter the group themselves. */
  readonly cgroupsPath: string | undefined;
  readonly arch: string;
}

const maskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/kpagecount',
  '/proc/kpageflags',
  '/proc/latency_stats',
  '/proc/scsi',
  '/proc/timer_list',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const bind = ({ source, destination }: Bind) => ({
  destination,
  type: 'bind',
  source,
  options: ['rbind', 'rprivate', 'ro', 'nosuid', 'nodev'],
});

const tmpfs = (destination: string, bytes: number, ...more: readonly string[]) => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: [
    'nosuid',
    'nodev',
    `uid=${sandboxUid}`,
    `gid=${sandboxUid}`,
    `size=${bytes}`,
    `nr_inodes=${Math.ceil(bytes / bytesPerInode)}`,
    ...more,
  ],
});

const rlimit = (type: string, value: number) => ({
  type: `RLIMIT_${type}`,
  soft: value,
  hard: value,
});

/** What a program's process is given, also one that is started later beside the runner. */
export function processSection(options: {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly openFiles: number;
  readonly searchPath: string;
}): object {
  const env = { PATH: options.searchPath, HOME: '/workspace', LANG: 'C.UTF-8', ...options.env };
  return {
    terminal: false,
    user: { uid: sandboxUid, gid: sandboxUid },
    args: options.argv,
    env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    cwd: options.cwd,
    noNewPrivileges: true,
    capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
    rlimits: [
      rlimit('NOFILE', options.openFiles),
      rlimit('CORE', 0),
      rlimit('FSIZE', maxFileBytes),
    ],
  };
}

/** The content of `config.json`, without anything that changes after creation. */
export function bundleConfig(options: BundleOptions): object {
  const { spec, firstId } = options;
  const ids = [{ containerID: 0, hostID: firstId, size: idsPerSandbox }];
  const seccomp = seccompProfile(options.arch);
  return {
    ociVersion: '1.0.0',
    process: processSection({
      argv: ['/bin/sh', `${platformDirectory}/init.sh`, 'fd', ...options.runner],
      env: spec.template.env,
      cwd: '/workspace',
      openFiles: spec.limits.openFiles,
      searchPath: options.searchPath,
    }),
    root: { path: options.root, readonly: true },
    hostname: 'sandbox',
    mounts: [
      {
        destination: '/proc',
        type: 'proc',
        source: 'proc',
        options: ['nosuid', 'noexec', 'nodev'],
      },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'noexec', 'mode=755', 'size=64k', 'nr_inodes=64'],
      },
      tmpfs('/dev/shm', spec.limits.workspaceBytes, 'mode=1777', 'noexec'),
      ...options.binds.map(bind),
      tmpfs('/job', jobBytes, 'mode=755', 'noexec'),
      tmpfs('/workspace', spec.limits.workspaceBytes, 'mode=755'),
      tmpfs('/tmp', Math.min(tmpBytes, spec.limits.workspaceBytes), 'mode=1777'),
    ],
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'user', 'cgroup'].map((type) => ({
        type,
      })),
      uidMappings: ids,
      gidMappings: ids,
      maskedPaths,
      readonlyPaths,
      ...(options.cgroupsPath === undefined ? {} : { cgroupsPath: options.cgroupsPath }),
      ...(seccomp === undefined ? {} : { seccomp }),
    },
  };
}
