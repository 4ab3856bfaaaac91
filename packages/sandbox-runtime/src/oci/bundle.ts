// The configuration of one sandbox for an OCI runtime: a pure translation, in which everything that
// is not needed is denied.
import type { SandboxSpec } from '../driver.ts';
import { platformDirectory } from '../platform-path.ts';
import { seccompProfile } from '../seccomp.ts';
import {
  maskedPaths,
  maxFileBytes,
  readonlyPaths,
  type ScratchFolder,
  sandboxUid,
  scratchFolders,
} from '../walls.ts';
import type { Bind } from './host-view.ts';

/** Ids of a user namespace; every sandbox has a range of its own. */
export const idsPerSandbox = 65_536;

/** All sandboxes together share what the host's kernel.pty.max leaves them. */
const terminals = 'max=32';

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
  /** Whether the runtime is gVisor, which makes devices and terminals of its own; see gvisor.ts. */
  readonly isGvisor: boolean;
}

const bind = ({ source, destination, isWritable = false }: Bind) => ({
  destination,
  type: 'bind',
  source,
  options: ['rbind', 'rprivate', isWritable ? 'rw' : 'ro', 'nosuid', 'nodev'],
});

const tmpfs = ({ path, bytes, inodes, mode, isExecutable }: ScratchFolder) => ({
  destination: path,
  type: 'tmpfs',
  source: 'tmpfs',
  options: [
    'nosuid',
    'nodev',
    ...(isExecutable ? [] : ['noexec']),
    `uid=${sandboxUid}`,
    `gid=${sandboxUid}`,
    `size=${bytes}`,
    `nr_inodes=${inodes}`,
    `mode=${mode}`,
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

const namespaces = ['pid', 'ipc', 'uts', 'mount', 'user', 'cgroup'];

const deviceMounts = [
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'noexec', 'mode=755', 'size=64k', 'nr_inodes=64'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', terminals],
  },
];

/** The content of `config.json`, without anything that changes after creation. */
export function bundleConfig(options: BundleOptions): object {
  const { spec, firstId, isGvisor } = options;
  const ids = [{ containerID: 0, hostID: firstId, size: idsPerSandbox }];
  const seccomp = seccompProfile(options.arch, isGvisor ? 'gvisor' : 'default');
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
      ...(isGvisor ? [] : deviceMounts),
      ...options.binds.map(bind),
      ...scratchFolders(spec.limits).map(tmpfs),
    ],
    linux: {
      namespaces: [...namespaces, ...(isGvisor ? [] : ['network'])].map((type) => ({ type })),
      uidMappings: ids,
      gidMappings: ids,
      maskedPaths,
      readonlyPaths,
      ...(options.cgroupsPath === undefined ? {} : { cgroupsPath: options.cgroupsPath }),
      ...(seccomp === undefined ? {} : { seccomp }),
    },
  };
}
