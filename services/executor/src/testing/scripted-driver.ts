// A driver whose every step is taken by the test: when a creation ends and how, what a program
// writes, uses and ends with.
import { type Duplex, duplexPair, PassThrough } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type {
  ExecCommand,
  ExecProgram,
  ExitStatus,
  JobOptions,
  JobProgram,
  PreparedTemplate,
  Program,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxSpec,
  SandboxTemplate,
  SandboxTrace,
  SandboxUsage,
  TerminalSize,
} from '@pilotlight/sandbox-runtime';
import type { OpenProbe } from '../app/ports.ts';
import type { ProbeOutcome } from '../domain/health.ts';

const phases = { imagePullMs: 1, containerCreateMs: 2, processStartMs: 3, appInitMs: 4 };
const nothingUsed: SandboxUsage = {
  ...{ cpuTimeMs: 7, memoryBytes: 1_000, peakMemoryBytes: 2_000, oomKills: 0, pidsLimitHits: 0 },
};

const can = { available: true } as const;

/** One template's preparation, ended by the test. */
export class ScriptedPreparation {
  readonly outcome = Promise.withResolvers<PreparedTemplate>();
  /** Tells of a step; once it was asked for. */
  say: (step: string) => void = () => undefined;
}

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
  /** Of an interactive job: what the test reads, or does not. */
  readonly stdin = new PassThrough();
  readonly signals: NodeJS.Signals[] = [];
  job: Uint8Array | undefined;
  used: SandboxUsage = nothingUsed;
  limits: Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>;
  /** What the next `setLimits` rejects with. */
  limitsProblem: PlatformError | undefined;
  kills = 0;
  isPaused = false;
  hasProceeded = false;
  isHibernated = false;
  hasEgress = false;
  /** What `openEgress` rejects with. */
  egressProblem: PlatformError | undefined;
  readonly ports = new Map<number, (connection: Duplex) => void>();
  /** What the next looks of `openScriptedProbe` come to; `late` answers nothing until it is aborted. */
  answer: ProbeOutcome | 'late' = { kind: 'answered', status: 200 };
  looks = 0;
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
    if (this.limitsProblem !== undefined) throw this.limitsProblem;
    this.limits = limits;
  }

  /** The marker that ends the compile stage of the staged job that it was given. */
  marker(code: number): string {
    const nonce = /job\/nonce.*?([0-9a-f]{32})/s.exec(
      Buffer.from(this.job ?? []).toString('latin1'),
    );
    return `\0${nonce?.[1]} ${code}\n`;
  }

  run(job: Uint8Array, { isInteractive = false }: JobOptions = {}): JobProgram {
    this.job = job;
    return {
      ...this.watch(),
      stdin: isInteractive ? this.stdin : undefined,
      signal: async (name) => void this.signals.push(name),
      proceed: () => {
        this.hasProceeded = true;
      },
    };
  }

  watch(): Program {
    return { stdout: this.stdout, stderr: this.stderr, exit: this.#exit.promise };
  }

  /** A connection to a port that the test has put into `ports`, whose other end it gets. */
  async connect(port: number): Promise<Duplex> {
    const accept = this.ports.get(port);
    if (accept === undefined) {
      throw new PlatformError('unavailable', `nobody listens on port ${port}`);
    }
    const [ours, theirs] = duplexPair();
    void this.ended.then(() => ours.destroy());
    accept(theirs);
    return ours;
  }

  async openEgress(): Promise<void> {
    if (this.egressProblem !== undefined) throw this.egressProblem;
    this.hasEgress = true;
  }

  async hibernate(): Promise<void> {
    this.isPaused = true;
    this.isHibernated = true;
  }

  async resetPeakMemory(): Promise<void> {
    this.used = { ...this.used, peakMemoryBytes: this.used.memoryBytes };
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
    this.isHibernated = false;
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
  readonly signals: NodeJS.Signals[] = [];
  readonly sizes: TerminalSize[] = [];
  readonly #exit = Promise.withResolvers<ExitStatus>();

  constructor(command: ExecCommand) {
    this.command = command;
    this.exit = this.#exit.promise;
  }

  async kill(): Promise<void> {
    this.kills += 1;
    this.finish({ kind: 'signalled', signal: 'SIGKILL' });
  }

  async signal(name: NodeJS.Signals): Promise<void> {
    this.signals.push(name);
  }

  async resize(size: TerminalSize): Promise<void> {
    this.sizes.push(size);
  }

  finish(exit: ExitStatus): void {
    this.#exit.resolve(exit);
    this.stdout.end();
    this.stderr.end();
  }
}

/** Looks at what the test says that a scripted sandbox answers. */
export const openScriptedProbe: OpenProbe = (sandbox) => ({
  async look(signal) {
    if (!(sandbox instanceof ScriptedSandbox)) throw new Error('not a scripted sandbox');
    sandbox.looks += 1;
    if (sandbox.answer !== 'late') return sandbox.answer;
    const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
    signal.addEventListener('abort', () => resolve({ kind: 'silent', detail: 'aborted' }));
    return promise;
  },
  close: () => undefined,
});

export class ScriptedDriver implements SandboxDriver {
  readonly name = 'fake';
  readonly capabilities = {
    ...{ description: 'scripted', enforcesLimits: true, pause: true, warnings: [] },
    usage: 'cgroup' as const,
    ...{ hibernate: can, ports: can, egress: can, gvisor: can },
  };
  /** Creations succeed at once while true. */
  isPrompt = true;
  /** Calls of `create` that wait for the test, oldest first. */
  pending: Creation[] = [];
  created = 0;
  readonly living = new Map<string, ScriptedSandbox>();
  leftovers: SandboxTrace[] = [];
  isClosed = false;

  /** Preparations by template that wait for the test; without an entry one succeeds at once. */
  readonly preparations = new Map<string, ScriptedPreparation>();
  /** Templates whose preparation was asked for, in order. */
  readonly asked: string[] = [];

  async prepare(
    { name }: SandboxTemplate,
    { onProgress }: { readonly onProgress?: (step: string) => void },
  ): Promise<PreparedTemplate> {
    this.asked.push(name);
    const scripted = this.preparations.get(name);
    if (scripted === undefined) return { version: '1.2.3', imagePullMs: 0 };
    scripted.say = (step) => onProgress?.(step);
    return scripted.outcome.promise;
  }

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
