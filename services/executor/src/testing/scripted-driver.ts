// A driver whose every step is taken by the test: when a creation ends and how, what a program
// writes, uses and ends with.
import { PassThrough } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type {
  ExecCommand,
  ExecProgram,
  ExitStatus,
  Program,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxSpec,
  SandboxTrace,
  SandboxUsage,
} from '@pilotlight/sandbox-runtime';

const phases = { imagePullMs: 1, containerCreateMs: 2, processStartMs: 3, appInitMs: 4 };
const nothingUsed: SandboxUsage = {
  ...{ cpuTimeMs: 7, memoryBytes: 1_000, peakMemoryBytes: 2_000, oomKills: 0, pidsLimitHits: 0 },
};

/** One call of `create` that waits for the test. */
export interface Creation {
  readonly spec: SandboxSpec;
  succeed(): void;
  fail(error: PlatformError): void;
}

export class ScriptedSandbox implements Sandbox {
  readonly id: string;
  readonly phases = phases;
  readonly ended: Promise<void>;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  job: Uint8Array | undefined;
  used: SandboxUsage = nothingUsed;
  limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>;
  kills = 0;
  isPaused = false;
  isDestroyed = false;
  commands: ScriptedCommand[] = [];
  readonly #exit = Promise.withResolvers<ExitStatus>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #onDestroy: () => void;

  constructor(spec: SandboxSpec, onDestroy: () => void) {
    this.id = spec.id;
    this.limits = spec.limits;
    this.ended = this.#ended.promise;
    this.#onDestroy = onDestroy;
  }

  async setLimits(limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>): Promise<void> {
    this.limits = limits;
  }

  run(job: Uint8Array): Program {
    this.job = job;
    return { stdout: this.stdout, stderr: this.stderr, exit: this.#exit.promise };
  }

  async exec(command: ExecCommand): Promise<ExecProgram> {
    const started = new ScriptedCommand(command);
    this.commands.push(started);
    return started;
  }

  async pause(): Promise<void> {
    this.isPaused = true;
  }

  async resume(): Promise<void> {
    this.isPaused = false;
  }

  async usage(): Promise<SandboxUsage> {
    return this.used;
  }

  async kill(): Promise<void> {
    this.kills += 1;
    this.finish({ kind: 'signalled', signal: 'SIGKILL' });
  }

  async destroy(): Promise<void> {
    await this.kill();
    this.isDestroyed = true;
    this.#onDestroy();
  }

  /** The program ends, and with it everything in the sandbox. */
  finish(exit: ExitStatus): void {
    this.#exit.resolve(exit);
    this.vanish();
  }

  /** Everything is gone, and nobody says how the program ended. */
  vanish(): void {
    this.stdout.end();
    this.stderr.end();
    this.#ended.resolve();
  }
}

export class ScriptedCommand implements ExecProgram {
  readonly command: ExecCommand;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly stdin = new PassThrough();
  readonly exit: Promise<ExitStatus>;
  kills = 0;
  readonly #exit = Promise.withResolvers<ExitStatus>();

  constructor(command: ExecCommand) {
    this.command = command;
    this.exit = this.#exit.promise;
  }

  async kill(): Promise<void> {
    this.kills += 1;
    this.finish({ kind: 'signalled', signal: 'SIGKILL' });
  }

  finish(exit: ExitStatus): void {
    this.#exit.resolve(exit);
    this.stdout.end();
    this.stderr.end();
  }
}

export class ScriptedDriver implements SandboxDriver {
  readonly name = 'fake';
  readonly capabilities = {
    ...{ description: 'scripted', enforcesLimits: true, pause: true, warnings: [] },
    usage: 'cgroup' as const,
  };
  /** Creations succeed at once while true. */
  isPrompt = true;
  /** Calls of `create` that wait for the test, oldest first. */
  pending: Creation[] = [];
  created = 0;
  readonly living = new Map<string, ScriptedSandbox>();
  leftovers: SandboxTrace[] = [];
  isClosed = false;

  create(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const { promise, resolve, reject } = Promise.withResolvers<Sandbox>();
    const creation: Creation = {
      spec,
      succeed: () => {
        this.#forget(creation);
        const sandbox = new ScriptedSandbox(spec, () => this.living.delete(spec.id));
        this.living.set(spec.id, sandbox);
        resolve(sandbox);
      },
      fail: (error) => {
        this.#forget(creation);
        reject(error);
      },
    };
    this.created += 1;
    this.pending.push(creation);
    signal.addEventListener('abort', () => creation.fail(PlatformError.from(signal.reason)));
    if (this.isPrompt) creation.succeed();
    return promise;
  }

  async list(): Promise<readonly SandboxTrace[]> {
    const incarnation = 'now';
    return [...this.leftovers, ...[...this.living.keys()].map((id) => ({ id, incarnation }))];
  }

  async remove(id: string): Promise<void> {
    this.leftovers = this.leftovers.filter((trace) => trace.id !== id);
    await this.living.get(id)?.destroy();
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** The only living sandbox, or the one with this id. */
  sandbox(id?: string): ScriptedSandbox {
    const found = id === undefined ? [...this.living.values()].at(-1) : this.living.get(id);
    if (found === undefined) throw new Error(`no such sandbox: ${id}`);
    return found;
  }

  #forget(creation: Creation): void {
    this.pending = this.pending.filter((other) => other !== creation);
  }
}
