// A leased sandbox in the holder's hands.
import type { Duplex, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  AcquireSandboxRequest,
  type Lease,
  type LeaseRef,
  type ListFilesResponse,
  type NetworkMode,
  type ResourceLimits,
  type Sandbox,
  type WriteFilesResponse,
} from '@pilotlight/contracts';
import {
  type ExecOptions,
  type ExecOutcome,
  exec,
  type RunningCommand,
  type StartOptions,
  startCommand,
} from './exec.ts';
import { fetchOver } from './fetch.ts';
import {
  type ListFilesOptions,
  listFiles,
  openFile,
  type WorkspaceFile,
  type WriteFilesOptions,
  writeFiles,
} from './files.ts';
import { type ConnectPortOptions, connectPort } from './ports.ts';
import { bytes } from './request.ts';
import type { SandboxRpc } from './sandbox-rpc.ts';

/** What to lease. Limits and times left out are the template's. */
export interface AcquireOptions {
  /** A template, or a language or alias of one. */
  readonly template: string;
  /** Exact, the beginning of one (3.11), or a range (>=3.10 <4); any unless given. */
  readonly version?: string;
  /** By default whom the API key speaks for. */
  readonly userId?: string;
  readonly s3Bucket?: string;
  /** The same key of the same user returns the same lease as long as that lives. */
  readonly idempotencyKey?: string;
  readonly limits?: Partial<ResourceLimits>;
  /** Most that the lease may last; default 3600. */
  readonly ttlSeconds?: number;
  /** Ends the lease when no call was made for so long; default 300. */
  readonly idleTimeoutSeconds?: number;
  /** Added to the environment of every command of this lease. */
  readonly env?: Readonly<Record<string, string>>;
  /** In /workspace before the lease is answered; at most 8 MiB together. */
  readonly files?: readonly Omit<WorkspaceFile, 'mode'>[];
  /** `egress` reaches the outside, but no private network; by default the template's. */
  readonly network?: NetworkMode;
  /** W3C trace context: the platform's spans become children of the caller's. */
  readonly traceparent?: string;
  readonly signal?: AbortSignal;
}

/** Calls on one leased sandbox. Each carries the lease's token; a stale one is refused. */
export interface SandboxHandle extends AsyncDisposable {
  readonly id: string;
  /** A secret: whoever has it, has the sandbox. */
  readonly token: string;
  /** Runs a command to its end, beside others that may be running. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecOutcome>;
  /** Starts a command to talk to while it runs: streams, signals, a terminal. */
  start(argv: readonly string[], options?: StartOptions): RunningCommand;
  /**
   * Writes files, or unpacks a tar archive of regular files and folders. All of it is checked first:
   * rejects with `invalid_argument`, and writes nothing, where any of it is refused.
   */
  writeFiles(
    files: readonly WorkspaceFile[] | AsyncIterable<Uint8Array>,
    options?: WriteFilesOptions,
  ): Promise<WriteFilesResponse>;
  /**
   * The content of a regular file, held in memory. `path` is absolute, or relative to /workspace.
   * Rejects with `not_found`, and with `failed_precondition` for a link, a folder or a device.
   */
  readFile(path: string, options?: { readonly signal?: AbortSignal }): Promise<Buffer>;
  /** As `readFile`, as it comes; what that rejects with is the stream's error. */
  openFile(path: string, options?: { readonly signal?: AbortSignal }): Readable;
  /** What is in a folder, /workspace unless told, sorted by path; links are told, never followed. */
  listFiles(path?: string, options?: ListFilesOptions): Promise<ListFilesResponse>;
  /**
   * A TCP connection to a program that listens inside. Each direction ends by itself. Rejects with
   * `unavailable` where nobody listens.
   */
  connectPort(port: number, options?: ConnectPortOptions): Promise<Duplex>;
  /**
   * HTTP with a program inside, each request on a connection of its own. As the global `fetch`, but
   * that redirects are not followed and compressed bodies are not unpacked. Rejects with a
   * `PlatformError`: `unavailable` where nobody listens or the answer is no HTTP.
   */
  fetch(port: number, path: string, init?: RequestInit): Promise<Response>;
  describe(): Promise<Sandbox>;
  /** Moves the idle deadline; never past the time to live. */
  keepAlive(): Promise<Sandbox>;
  /** Freezes every process. Deadlines go on running. */
  pause(): Promise<Sandbox>;
  /** Wakes what was paused, or within 2 s what was hibernated. */
  resume(): Promise<Sandbox>;
  /** Freezes it and gives its memory back. Rejects with `unimplemented` where its node cannot. */
  hibernate(): Promise<Sandbox>;
  /** Installs packages that the template names; resolves with those that were not there before. */
  installPackages(packages: readonly string[]): Promise<readonly string[]>;
  /** Destroys the sandbox. Idempotent; also done at the end of an `await using` block. */
  release(): Promise<void>;
}

/** A sandbox just acquired, with what the platform said of its start. */
export interface LeasedSandbox extends SandboxHandle {
  readonly lease: Lease;
}

/**
 * Waits up to 30 s for capacity, then rejects with `resource_exhausted`; with `unavailable` as soon as no
 * node can start one, and why.
 */
export async function acquireSandbox(
  rpc: SandboxRpc,
  options: AcquireOptions,
): Promise<LeasedSandbox> {
  const { signal, traceparent, limits, files = [], ...rest } = options;
  const request = AcquireSandboxRequest.fromPartial({
    ...rest,
    ...(limits && { limits }),
    files: files.map(({ path, content }) => ({ path, content: bytes(content) })),
  });
  const call = { ...(signal && { signal }), ...(traceparent && { traceparent }) };
  const lease = await rpc.acquireSandbox(request, call);
  return { ...attachSandbox(rpc, lease), lease };
}

/** A handle on a sandbox whose id and token are known. Asks nothing yet. */
export function attachSandbox(rpc: SandboxRpc, { sandboxId, token }: LeaseRef): SandboxHandle {
  const ref: LeaseRef = { sandboxId, token };
  const release = async () => {
    await rpc.releaseSandbox(ref);
  };
  return {
    id: sandboxId,
    token,
    exec: (argv, options) => exec(rpc, ref, argv, options),
    start: (argv, options) => startCommand(rpc, ref, argv, options),
    writeFiles: (files, options) => writeFiles(rpc, ref, files, options),
    readFile: (path, options) => buffer(openFile(rpc, ref, path, options?.signal)),
    openFile: (path, options) => openFile(rpc, ref, path, options?.signal),
    listFiles: (path = '', options) => listFiles(rpc, ref, path, options),
    connectPort: (port, options) => connectPort(rpc, ref, port, options),
    fetch: (port, path, init) =>
      fetchOver((signal) => connectPort(rpc, ref, port, { signal }), { port, path }, init),
    describe: () => rpc.getSandbox(ref),
    keepAlive: () => rpc.keepAlive(ref),
    pause: () => rpc.pauseSandbox(ref),
    resume: () => rpc.resumeSandbox(ref),
    hibernate: () => rpc.hibernateSandbox(ref),
    installPackages: async (packages) =>
      (await rpc.installPackages({ lease: ref, packages: [...packages] })).installed,
    release,
    [Symbol.asyncDispose]: release,
  };
}
