// A leased sandbox in the holder's hands.
import {
  AcquireSandboxRequest,
  type ExecRequest,
  ExecStart,
  type Lease,
  type LeaseRef,
  PlatformError,
  type ResourceLimits,
  type Sandbox,
  type SandboxServiceDefinition,
} from '@pilotlight/contracts';
import type { Client } from '@pilotlight/rpc';
import { Captured, type OutputListeners } from './captured.ts';
import type { Content } from './request.ts';

type SandboxRpc = Client<SandboxServiceDefinition>;

/** What to lease. Limits and times left out are the template's. */
export interface AcquireOptions {
  /** A template, or a language or alias of one. */
  readonly template: string;
  readonly userId: string;
  readonly s3Bucket?: string;
  /** The same key of the same user returns the same lease as long as that lives. */
  readonly idempotencyKey?: string;
  readonly limits?: Partial<ResourceLimits>;
  /** Most that the lease may last; default 3600. */
  readonly ttlSeconds?: number;
  /** Ends the lease when no call was made for so long; default 300. */
  readonly idleTimeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

export interface ExecOptions extends OutputListeners {
  /** Sent as it comes, then closed; default none. */
  readonly stdin?: Content | AsyncIterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  /** Absolute; default /workspace. */
  readonly cwd?: string;
  /** Kills the command after so long; default as long as the lease lives. */
  readonly timeoutSeconds?: number;
  /** Aborting kills the command and its process group. */
  readonly signal?: AbortSignal;
}

/** How a command ended. A command that fails is an outcome, not an error. */
export interface ExecOutcome {
  /** 0 to 255, or -1 where a signal or the timeout ended it. */
  readonly exitCode: number;
  readonly signal?: string;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls on one leased sandbox. Each carries the lease's token; a stale one is refused. */
export interface SandboxHandle extends AsyncDisposable {
  readonly id: string;
  /** A secret: whoever has it, has the sandbox. */
  readonly token: string;
  /** Runs a command beside others that may be running. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecOutcome>;
  describe(): Promise<Sandbox>;
  /** Moves the idle deadline; never past the time to live. */
  keepAlive(): Promise<Sandbox>;
  /** Freezes every process. Deadlines go on running. */
  pause(): Promise<Sandbox>;
  resume(): Promise<Sandbox>;
  /** Destroys the sandbox. Idempotent; also done at the end of an `await using` block. */
  release(): Promise<void>;
}

/** A sandbox just acquired, with what the platform said of its start. */
export interface LeasedSandbox extends SandboxHandle {
  readonly lease: Lease;
}

/** Waits up to 30 s for capacity, then rejects with `resource_exhausted`. */
export async function acquireSandbox(
  rpc: SandboxRpc,
  options: AcquireOptions,
): Promise<LeasedSandbox> {
  const { signal, limits, ...rest } = options;
  const request = AcquireSandboxRequest.fromPartial({ ...rest, ...(limits && { limits }) });
  const lease = await rpc.acquireSandbox(request, signal ? { signal } : {});
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
    exec: (argv, options = {}) => exec(rpc, ref, argv, options),
    describe: () => rpc.getSandbox(ref),
    keepAlive: () => rpc.keepAlive(ref),
    pause: () => rpc.pauseSandbox(ref),
    resume: () => rpc.resumeSandbox(ref),
    release,
    [Symbol.asyncDispose]: release,
  };
}

async function exec(
  rpc: SandboxRpc,
  lease: LeaseRef,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecOutcome> {
  const captured = new Captured(options);
  const { env, cwd, timeoutSeconds, stdin, signal } = options;
  const start = ExecStart.fromPartial({
    lease,
    argv: [...argv],
    env: { ...env },
    cwd: cwd ?? '',
    timeoutSeconds: timeoutSeconds ?? 0,
  });
  const responses = rpc.exec(requests(start, stdin), signal ? { signal } : {});
  for await (const { message } of responses) {
    if (message?.$case === 'stdout') captured.add('stdout', message.stdout);
    else if (message?.$case === 'stderr') captured.add('stderr', message.stderr);
    else if (message?.$case === 'exit') {
      const { exitCode, signal: killedBy, timedOut } = message.exit;
      return {
        exitCode,
        ...(killedBy !== '' && { signal: killedBy }),
        timedOut,
        stdout: captured.text('stdout'),
        stderr: captured.text('stderr'),
      };
    }
  }
  throw new PlatformError('unavailable', 'The stream ended before the command did.');
}

async function* requests(
  start: ExecStart,
  stdin: ExecOptions['stdin'],
): AsyncIterable<ExecRequest> {
  yield { message: { $case: 'start', start } };
  if (typeof stdin === 'string') {
    yield { message: { $case: 'stdin', stdin: Buffer.from(stdin) } };
  } else if (stdin instanceof Uint8Array) {
    yield { message: { $case: 'stdin', stdin } };
  } else if (stdin !== undefined) {
    for await (const piece of stdin) yield { message: { $case: 'stdin', stdin: piece } };
  }
  yield { message: { $case: 'stdinClosed', stdinClosed: true } };
}
