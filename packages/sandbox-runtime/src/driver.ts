// What every way of making a sandbox has in common: one interface, passed by every driver's
// conformance run. A driver is mechanism only: it measures, limits and kills; what a measurement
// means (a verdict, a retry, a stop reason) is decided by its caller.
import type { Duplex, Readable, Writable } from 'node:stream';
import type { IsolationLevel } from '@pilotlight/contracts';

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
  /** Whether `hibernate` gives memory back; where not, why not. */
  readonly hibernate: Capability;
  /** Whether `connect` reaches programs inside. */
  readonly ports: Capability;
  /** Whether `openEgress` works. */
  readonly egress: Capability;
  /** Whether templates with `isolation: gvisor` can be made. */
  readonly gvisor: Capability;
  /** One sentence each, for the operator, on what is weaker here than it should be. */
  readonly warnings: readonly string[];
}

/** Something that hosts can do or not; the reason is a sentence that says what to install or allow. */
export type Capability =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

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

/** What a driver needs to know of a template. */
export interface SandboxTemplate {
  readonly name: string;
  /** Image reference, for drivers that use images. */
  readonly image: string;
  /**
   * Names of host programs (`python3`, `node`) that must work inside, for drivers without images.
   * The first one's version is the template's.
   */
  readonly toolchains: readonly string[];
  readonly isolation: IsolationLevel;
  /**
   * The runner: argv, run under the sandbox's init. The first element is a toolchain's name or
   * an absolute path. It writes one byte `R` to stdout when it is ready for a job.
   */
  readonly runner: readonly string[];
  /** The runner's own files, which appear read-only below /pilotlight, also in folders of it. */
  readonly files: readonly PlatformFile[];
  readonly env: Readonly<Record<string, string>>;
  /** What all its sandboxes share, read-only, at /opt/pilotlight; images bring theirs along. */
  readonly artefacts?: Artefacts;
}

/** Made once on each host, for drivers without images; kept in a cache between lives. */
export interface Artefacts {
  /** Folder below /pilotlight with package.json and package-lock.json, for `npm ci`. */
  readonly npm?: string;
  /** Debian packages, unpacked with what they depend on as far as the host's base lacks it. */
  readonly debian: readonly string[];
  /** Run in a sandbox of this template without network, where /opt/pilotlight can be written. */
  readonly build?: readonly string[];
  readonly timeoutSeconds: number;
  readonly memoryBytes: number;
}

/** A template that sandboxes can be made of here. */
export interface PreparedTemplate {
  /** Dotted numbers, such as 3.11.2; empty where the template has no toolchain. */
  readonly version: string;
  /** What the preparation itself took: pulling, installing, building. About 0 the second time. */
  readonly imagePullMs: number;
}

/** Everything a driver needs to make one warm sandbox. */
export interface SandboxSpec {
  /** Unique for ever; see `SandboxId` in contracts. Safe as a file, cgroup and container name. */
  readonly id: string;
  /** The executor's incarnation, by which leftovers of an earlier life are told apart. */
  readonly incarnation: string;
  readonly template: SandboxTemplate;
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

/** The program of a job. */
export interface JobProgram extends Program {
  /**
   * For a staged job: lets it go on from its compile stage to its program. Does nothing for other
   * jobs, or a second time.
   */
  proceed(): void;
  /**
   * Of an interactive job: what the program reads. What is written reaches it in order; for a staged
   * job not before `proceed`. Ending it is the end of the program's input. Undefined for other jobs.
   */
  readonly stdin: Writable | undefined;
  /**
   * Sends a signal such as `SIGINT` to the process group of an interactive job's program. Does nothing
   * after its end, or for other jobs.
   */
  signal(name: NodeJS.Signals): Promise<void>;
}

/** What kind of job it is; see job.ts. */
export interface JobOptions {
  readonly isStaged?: boolean;
  readonly isInteractive?: boolean;
}

/** A program started with `exec`, which can be talked to and killed on its own. */
export interface ExecProgram extends Program {
  readonly stdin: Writable;
  /** Sends a signal such as `SIGINT` to the program's process group. Does nothing after its end. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Tells a program with a terminal of the terminal's new size; does nothing for others. */
  resize(size: TerminalSize): Promise<void>;
  /** Kills the program and its process group; the sandbox lives on. */
  kill(): Promise<void>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ExecCommand {
  readonly argv: readonly string[];
  /** Gives it a terminal of this size: then everything comes on stdout. */
  readonly tty?: TerminalSize;
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
  /**
   * Lowers or raises the limits that can change after creation. Costs file writes only. Where more
   * memory is in use than it may have from now on, and cannot be given back, either it rejects and
   * `usage` or the code `resource_exhausted` shows that, or the kernel kills and counts it in `oomKills`.
   */
  setLimits(limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>): Promise<void>;
  /**
   * Hands the runner its one job (see `job.ts`): a single write to a stream that has been open
   * since creation. At most once per sandbox. When the program ends, the sandbox's init ends and
   * with it every process inside, so both streams reach their end.
   */
  run(job: Uint8Array, options?: JobOptions): JobProgram;
  /**
   * The runner itself as a program, for templates whose runner is the service: what it writes and
   * how it ends. Its streams must be read, or it will stand still. At most once, and instead of `run`.
   */
  watch(): Program;
  /** One TCP connection to 127.0.0.1:port inside. Rejects with `unavailable` where nobody listens. */
  connect(port: number): Promise<Duplex>;
  /**
   * Lets it reach public addresses, and nothing of this host or of private networks, until its end.
   * Idempotent. Rejects with `unavailable` where the capability is missing.
   */
  openEgress(): Promise<void>;
  /** Starts another command beside the waiting runner. Rejects if the sandbox has ended. */
  exec(command: ExecCommand): Promise<ExecProgram>;
  /** Freezes every process; a frozen sandbox uses no cpu and can still be killed. */
  pause(): Promise<void>;
  /** Freezes and moves its memory out of the way. Rejects with `unavailable` where it cannot. */
  hibernate(): Promise<void>;
  /** Undoes `pause` and `hibernate`; after the latter, memory comes back as it is touched. */
  resume(): Promise<void>;
  /** Current totals; after the end, the last ones. Cheap enough to poll every 20 ms. */
  usage(): Promise<SandboxUsage>;
  /**
   * Makes `peakMemoryBytes` count from now on. Where the kernel cannot do that, the peak is that of
   * the looks that are taken from now on.
   */
  resetPeakMemory(): Promise<void>;
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
   * Has everything that sandboxes of the template need: image, toolchains, artefacts. Idempotent and
   * shared by simultaneous callers; `create` does it too. `onProgress` hears of long steps, for
   * people. Rejects with `unavailable` and the reason where the template cannot work on this host.
   */
  prepare(
    template: SandboxTemplate,
    options: { readonly signal: AbortSignal; readonly onProgress?: (step: string) => void },
  ): Promise<PreparedTemplate>;
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
