// What keeps a program in, in numbers and paths that every driver takes from here, so that a sandbox is
// the same with each of them. The system calls are in seccomp.json.
import type { SandboxLimits } from './driver.ts';

/** The user and group that programs run as, inside. */
export const sandboxUid = 65_534;

/** The largest file that a program may write; none is larger than the workspace anyway. */
export const maxFileBytes = 1 << 30;

/** Room for a job's stdin, arguments and environment. */
const jobBytes = 64 << 20;

/** An inode bomb ends as soon as one of data. */
const bytesPerInode = 4_096;

/**
 * Threads of gVisor's own beside the program's processes: its kernel's, its file server's, and those
 * that wait in the host for something. Seen: 35 with one idle process. The host counts processes and
 * threads of its own: a process inside is at least one of these, a thread inside only while it runs.
 */
export const gvisorThreads = 64;

/** A folder in memory that the sandbox's user owns; its content counts as the sandbox's memory. */
export interface ScratchFolder {
  readonly path: string;
  readonly bytes: number;
  readonly inodes: number;
  /** Octal digits. */
  readonly mode: string;
  readonly isExecutable: boolean;
}

/** Everything that can be written to. Nothing in them is a device or gives another identity. */
export function scratchFolders(
  limits: Pick<SandboxLimits, 'workspaceBytes'>,
): readonly ScratchFolder[] {
  const folder = (path: string, bytes: number, mode: string, isExecutable: boolean) => ({
    ...{ path, bytes, mode, isExecutable },
    inodes: Math.ceil(bytes / bytesPerInode),
  });
  const { workspaceBytes } = limits;
  return [
    folder('/dev/shm', workspaceBytes, '1777', false),
    folder('/job', jobBytes, '0700', false),
    folder('/workspace', workspaceBytes, '0755', true),
    folder('/tmp', workspaceBytes, '1777', true),
  ];
}

/**
 * What a program sees nothing of: the kernel's and the machine's own affairs. As container engines
 * hide them, and beside that what counts keys, interrupts and pages of everybody, and all of /sys.
 */
export const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/key-users',
  '/proc/keys',
  '/proc/kpagecount',
  '/proc/kpageflags',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys',
  // Message queues work without being seen as files.
  '/dev/mqueue',
];

/** What it may read but not write, whatever the files' own permissions say. */
export const readonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];
