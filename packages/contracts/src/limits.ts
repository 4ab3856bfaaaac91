// Bounds and defaults that every service agrees on. Those of the seeds are marked with their file;
// the rest are ours.

/** Bounds of one number, with what zero or nothing means. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** Wall time of an execution in seconds (003 section 3.2). */
export const timeoutSeconds: Bounds = { min: 1, max: 30, default: 10 };
/** Memory of an execution or lease in MB of 1024 * 1024 bytes (003 section 3.2). */
export const memoryMb: Bounds = { min: 64, max: 512, default: 256 };
/** Memory of a leased sandbox in MB; application templates go up to 2 GiB (000, resources). */
export const leaseMemoryMb: Bounds = { min: 64, max: 2_048, default: 256 };
/** Wall time of a compile stage in seconds. */
export const compileTimeoutSeconds: Bounds = { min: 1, max: 60, default: 20 };
/** Memory of a compile stage in MB: rustc alone needs 150. */
export const compileMemoryMb: Bounds = { min: 64, max: 2_048, default: 512 };
export const cpus: Bounds = { min: 0.1, max: 2, default: 1 };
/** Processes and threads; Node alone has 11 threads. */
export const pids: Bounds = { min: 16, max: 512, default: 64 };

/** Source code of one execution, decoded, all files together. */
export const maxSourceBytes = 1024 * 1024;
/** Standard input of one execution, decoded. */
export const maxStdinBytes = 1024 * 1024;
/** Of an interactive execution, with what was sent while it ran. */
export const maxInputBytes = 16 * 1024 * 1024;
/** Input that waits for an interactive program to read it; what exceeds that is refused. */
export const maxPendingInputBytes = 1024 * 1024;
/** A tree of more files is refused with a typed error. */
export const maxFiles = 1_000;
/** Of one lease: environment variables, names and values together. */
export const maxEnvBytes = 32 * 1024;
/** Files that ride in an acquire, all together; larger trees go by WriteFiles. */
export const maxLeaseFilesBytes = 8 * 1024 * 1024;
/** Files and folders of one WriteFiles call, and entries of one ListFiles answer. */
export const maxUploadFiles = 10_000;
/** Of one WriteFiles call, decoded; the workspace's own limit comes on top. */
export const maxUploadBytes = 256 * 1024 * 1024;
export const maxArgs = 256;
/** All arguments together. */
export const maxArgsBytes = 32 * 1024;
/** Fits a ustar entry with the workspace's name before it. */
export const maxPathBytes = 200;
export const maxPathPartBytes = 100;

/** stdout and stderr of one execution together; past it the program is killed: `output_limit`. */
export const maxOutputBytes = 4 * 1024 * 1024;
/** Of each stream, what rides in the result itself; the rest is read with WatchOutput. */
export const maxInlineOutputBytes = 64 * 1024;
/** How long output can be read again. */
export const outputRetentionMs = 15 * 60_000;
/** How long results stay in JetStream. */
export const resultRetentionMs = 60 * 60_000;
export const openFiles = 256;
/** The writable workspace, which also counts as memory. */
export const workspaceBytes = 64 * 1024 * 1024;

/** Attempts that an execution gets before it is `platform_error` and goes to exec.dead. */
export const maxAttempts = 3;

/** Seconds that a lease may last, and may go without a call. */
export const leaseTtlSeconds: Bounds = { min: 1, max: 86_400, default: 3_600 };
export const leaseIdleSeconds: Bounds = { min: 1, max: 86_400, default: 300 };
/** How long an acquire may wait for capacity (002 section 2). */
export const acquireWaitMs = 30_000;

/** Messages that wait in a queue, by language (003 section 1.3); the streams bound the total. */
export const maxQueuedByLanguage: Readonly<Record<string, number>> = {
  python: 20_000,
  javascript: 20_000,
  java: 10_000,
};

/** What a value of zero or nothing means, and whether the rest is within bounds. */
export function withinBounds(value: number, bounds: Bounds): boolean {
  return value === 0 || (value >= bounds.min && value <= bounds.max);
}

export function orDefault(value: number, bounds: Bounds): number {
  return value === 0 ? bounds.default : value;
}
