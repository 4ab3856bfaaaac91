// What every way of making a sandbox has in common: one interface, passed by every driver's
// conformance run. A driver is mechanism only: it measures, limits and kills; what a measurement
// means (a verdict, a retry, a stop reason) is decided by its caller.
import type { Readable, Writable } from 'node:stream';

/** What this driver can do on this host, found by probing it rather than by reading versions. */
export interface DriverCapabilities {
  /** Technology and version for people, such as `oci (crun 1.8.1, cgroup hybrid)`. */
  readonly description: string;
  /**
   * Where measurements come from: `cgroup` is exact and read from the host; `api` is what the
   * container engine reports (coarser, and late); `none` measures wall time only.
   */
  readonly usage: 'cgroup' | 'api' | 'none';
  /** Whether memory, cpu and pids limits were seen to hold when probed. */
  readonly enforcesLimits: boolean;
  readonly pause: boolean;
  /** One sentence each, for the operator, on what is weaker here than it should be. */
  readonly warnings: readonly string[];
}

/** Ceilings for everything in a sandbox together. Changed per lease by `Sandbox.setLimits`. */
export interface SandboxLimits {
  readonly memoryBytes: number;
  /** Cores, such as 0.5 or 2. */
  readonly cpus: number;
  /** Processes and threads. */
  readonly pids: number;
  /** Open descriptors of one process. Fixed at creation. */
  readonly openFiles: number;
  /** Size of the writable workspace, which also counts as memory. Fixed at creation. */
  readonly workspaceBytes: number;
}

/** A file given to the sandbox by the platform (not by a user), at an absolute path, read-only. */
export interface PlatformFile {
  readonly path: string;
  readonly content: string;
}

/** Everything a driver needs to make one warm sandbox. */
export interface SandboxSpec {
  /** Unique for ever; see `SandboxId` in contracts. Safe as a file, cgroup and container name. */
  readonly id: string;
  /** The executor's incarnation, by which leftovers of an earlier life are told apart. */
  readonly incarnation: string;
  readonly template: {
    readonly name: string;
    /** Image reference, for drivers that use images. */
    readonly image: string;
    /** Names of host programs (`python3`, `node`) that must work inside, for drivers without images. */
    readonly toolchains: readonly string[];
    /**
     * The runner: argv, run under the sandbox's init. The first element is a toolchain's name or
     * an absolute path. It writes one byte `R` to stdout when it is ready for a job.
     */
    readonly runner: readonly string[];
    /** The runner's own files, which appear read-only below /pilotlight. */
    readonly files: readonly PlatformFile[];
    readonly env: Readonly<Record<string, string>>;
  };
  readonly limits: SandboxLimits;
}

/** How a program ended: by itself with a code, or by a signal (`SIGSEGV`, `SIGKILL`, …). */
export type ExitStatus =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string };

/** Totals since the sandbox was made, for its whole process tree, dead children included. */
export interface SandboxUsage {
  readonly cpuTimeMs: number;
  readonly memoryBytes: number;
  readonly peakMemoryBytes: number;
  /** Processes killed by the kernel for want of memory. */
  readonly oomKills: number;
  /** Forks refused because of the pids limit. */
  readonly pidsLimitHits: number;
}

/** Time the driver's own phases took, in milliseconds of a monotonic clock. */
export interface DriverPhases {
  readonly imagePullMs: number;
  /** From the call until the runtime or engine is told to start: cgroup, bundle, container record. */
  readonly containerCreateMs: number;
  /** Namespaces and mounts, until the sandbox's init runs its first instruction. */
  readonly processStartMs: number;
  /** Until the runner said that it is ready. */
  readonly appInitMs: number;
}

/** A program running in a sandbox. Its streams carry exactly the bytes that it wrote. */
export interface Program {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the program itself has ended, even if orphans hold its streams. Never rejects. */
  readonly exit: Promise<ExitStatus>;
}

/** A program started with `exec`, which can be talked to and killed on its own. */
export interface ExecProgram extends Program {
  readonly stdin: Writable;
  /** Kills the program and its process group; the sandbox lives on. */
  kill(): Promise<void>;
}

export interface ExecCommand {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Absolute path inside the sandbox; default /workspace. */
  readonly cwd?: string;
}

/** One living sandbox. The caller owns it and must `destroy` it, whatever happened to it. */
export interface Sandbox {
  readonly id: string;
  readonly phases: DriverPhases;
  /** Settles once, when the sandbox's init is gone for whatever reason. Never rejects. */
  readonly ended: Promise<void>;
  /** Lowers or raises the limits that can change after creation. Costs file writes only. */
  setLimits(limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>): Promise<void>;
  /**
   * Hands the runner its one job (see `job.ts`): a single write to a stream that has been open
   * since creation. At most once per sandbox. When the program ends, the sandbox's init ends and
   * with it every process inside, so both streams reach their end.
   */
  run(job: Uint8Array): Program;
  /** Starts another command beside the waiting runner. Rejects if the sandbox has ended. */
  exec(command: ExecCommand): Promise<ExecProgram>;
  /** Freezes every process; a frozen sandbox uses no cpu and can still be killed. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Current totals; after the end, the last ones. Cheap enough to poll every 20 ms. */
  usage(): Promise<SandboxUsage>;
  /** SIGKILL for the whole tree, frozen or not. Resolves once no process of it is left. Idempotent. */
  kill(): Promise<void>;
  /** Kills and removes every trace (container, cgroup, mounts, directory). Idempotent. */
  destroy(): Promise<void>;
}

/** What is left on the host of a sandbox, found by looking, not by remembering. */
export interface SandboxTrace {
  readonly id: string;
  readonly incarnation: string;
}

/** Makes sandboxes on this host with one technology. */
export interface SandboxDriver {
  readonly name: 'oci' | 'docker' | 'fake';
  readonly capabilities: DriverCapabilities;
  /**
   * Makes a sandbox and waits until its runner is ready. When it fails or is aborted nothing is
   * left behind. Rejects with a `PlatformError`: `unavailable` where the template cannot work on
   * this host (with the reason), `internal` otherwise.
   */
  create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
  /** Every trace of this driver's sandboxes on this host, of any incarnation, dead or alive. */
  list(): Promise<readonly SandboxTrace[]>;
  /** Kills and removes what `list` found, also without a living `Sandbox` object. Idempotent. */
  remove(id: string): Promise<void>;
  /** Destroys what is left of this driver's own sandboxes and frees its resources. */
  close(): Promise<void>;
}
