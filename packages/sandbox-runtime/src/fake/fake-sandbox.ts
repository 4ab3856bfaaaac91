// One sandbox of the fake driver. Everything happens at once or when it is told to: no timers.
import { constants } from 'node:os';
import { type Duplex, duplexPair, PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PlatformError } from '@pilotlight/contracts';
import type {
  Capability,
  DriverCapabilities,
  ExecCommand,
  ExecProgram,
  ExitStatus,
  JobOptions,
  JobProgram,
  Program,
  Sandbox,
  SandboxLimits,
  SandboxSpec,
  SandboxUsage,
} from '../driver.ts';
import { killed } from '../exit-status.ts';
import { parseSteps, perform, type Step } from './behaviour.ts';
import { decodeJob } from './decode-job.ts';

type ChangeableLimits = Pick<SandboxLimits, 'memoryBytes' | 'cpus' | 'pids'>;

class Streams {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exit: Promise<ExitStatus>;
  readonly #exit = Promise.withResolvers<ExitStatus>();

  constructor() {
    this.exit = this.#exit.promise;
  }

  end(status: ExitStatus): void {
    this.#exit.resolve(status);
    this.stdout.end();
    this.stderr.end();
  }
}

const signalNumber = (name: string) =>
  Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0;

/** The steps that a command line of the fake stands for. */
function stepsOfCommand(argv: readonly string[]): readonly Step[] {
  const [program = '', ...rest] = argv;
  switch (program) {
    case 'echo':
      return [{ verb: 'print', rest: rest.join(' ') }];
    case 'cat':
      return [{ verb: 'echo', rest: '' }];
    case 'sleep':
      return [{ verb: 'hang', rest: '' }];
    case 'false':
      return [{ verb: 'exit', rest: '1' }];
    case 'fake':
      return parseSteps(`# fake: ${rest.join(' ')}`);
    default:
      return [];
  }
}

function demand(capability: Capability): void {
  if (!capability.available) throw new PlatformError('unavailable', capability.reason);
}

export class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly phases = { imagePullMs: 0, containerCreateMs: 1, processStartMs: 1, appInitMs: 1 };
  readonly ended: Promise<void>;
  readonly spec: SandboxSpec;
  /** Whether `pause` was called more recently than `resume`. */
  paused = false;
  /** Whether `hibernate` was. */
  hibernated = false;
  hasEgress = false;
  limits: ChangeableLimits;
  readonly #ended = Promise.withResolvers<void>();
  readonly #streams = new Streams();
  readonly #execs = new Set<Streams>();
  readonly #ports = new Map<number, (connection: Duplex) => void>();
  readonly #capabilities: DriverCapabilities;
  readonly #gone: () => void;
  #usage: SandboxUsage = {
    cpuTimeMs: 0,
    memoryBytes: 0,
    peakMemoryBytes: 0,
    oomKills: 0,
    pidsLimitHits: 0,
  };
  #isEnded = false;
  #hasRun = false;

  /** `gone` is called at each `destroy`. */
  constructor(spec: SandboxSpec, capabilities: DriverCapabilities, gone: () => void) {
    this.#capabilities = capabilities;
    this.id = spec.id;
    this.spec = spec;
    this.limits = spec.limits;
    this.ended = this.#ended.promise;
    this.#gone = gone;
  }

  async setLimits(limits: ChangeableLimits): Promise<void> {
    this.limits = limits;
  }

  run(job: Uint8Array, { isStaged = false, isInteractive = false }: JobOptions = {}): JobProgram {
    this.watch();
    const { argv, files, stdin: given = new Uint8Array(), nonce = '' } = decodeJob(job);
    const file = files.find(({ path }) => path === argv[0])?.content ?? new Uint8Array();
    const source = Buffer.from(file).toString('utf8');
    let waits = isStaged && this.#compile(source, nonce);
    const stdin = isInteractive ? new PassThrough() : undefined;
    const become = () => {
      if (stdin === undefined) this.#become(parseSteps(source), given);
      else this.#converse(parseSteps(source), stdin);
    };
    if (!isStaged) become();
    const { stdout, stderr, exit } = this.#streams;
    return {
      ...{ stdout, stderr, exit, stdin },
      signal: async (signal) => {
        if (isInteractive) this.#end({ kind: 'signalled', signal });
      },
      proceed() {
        if (waits) become();
        waits = false;
      },
    };
  }

  watch(): Program {
    if (this.#hasRun) {
      throw new PlatformError('failed_precondition', 'This sandbox has had its job already.');
    }
    this.#hasRun = true;
    return this.#streams;
  }

  /** Has a program inside listen; `accept` is given the server's end of each connection. */
  listen(port: number, accept: (connection: Duplex) => void): void {
    this.#ports.set(port, accept);
  }

  async connect(port: number): Promise<Duplex> {
    demand(this.#capabilities.ports);
    const accept = this.#ports.get(port);
    if (accept === undefined || this.#isEnded) {
      throw new PlatformError('unavailable', `Nobody listens on port ${port}.`);
    }
    const [ours, theirs] = duplexPair();
    accept(theirs);
    return ours;
  }

  async openEgress(): Promise<void> {
    demand(this.#capabilities.egress);
    this.hasEgress = true;
  }

  async exec(command: ExecCommand): Promise<ExecProgram> {
    if (this.#isEnded) throw new PlatformError('failed_precondition', 'The sandbox has ended.');
    const stdin = new PassThrough();
    const streams = new Streams();
    this.#execs.add(streams);
    const steps = stepsOfCommand(command.argv);
    const start = (input: Uint8Array) => {
      const end = this.#perform(steps, input, streams);
      if (end !== 'hangs') streams.end(end);
    };
    if (steps.some(({ verb }) => verb === 'echo')) void buffer(stdin).then(start);
    else start(new Uint8Array());
    return {
      stdin,
      stdout: streams.stdout,
      stderr: streams.stderr,
      exit: streams.exit,
      signal: async (signal) => streams.end({ kind: 'signalled', signal }),
      resize: async () => undefined,
      kill: async () => streams.end(killed),
    };
  }

  async pause(): Promise<void> {
    this.paused = true;
  }

  async hibernate(): Promise<void> {
    demand(this.#capabilities.hibernate);
    this.paused = true;
    this.hibernated = true;
  }

  async resume(): Promise<void> {
    this.paused = false;
    this.hibernated = false;
  }

  async usage(): Promise<SandboxUsage> {
    return this.#usage;
  }

  async resetPeakMemory(): Promise<void> {
    this.#usage = { ...this.#usage, peakMemoryBytes: this.#usage.memoryBytes };
  }

  async kill(): Promise<void> {
    this.#end(killed);
  }

  async destroy(): Promise<void> {
    this.#end(killed);
    this.#gone();
  }

  /** Adds to the totals as if a program had; for tests of whoever polls them. */
  use(more: Partial<SandboxUsage>): void {
    const old = this.#usage;
    const memoryBytes = more.memoryBytes ?? old.memoryBytes;
    this.#usage = {
      cpuTimeMs: old.cpuTimeMs + (more.cpuTimeMs ?? 0),
      memoryBytes,
      peakMemoryBytes: Math.max(old.peakMemoryBytes, memoryBytes),
      oomKills: old.oomKills + (more.oomKills ?? 0),
      pidsLimitHits: old.pidsLimitHits + (more.pidsLimitHits ?? 0),
    };
  }

  /** Whether the runner waits for the word to go on. */
  #compile(source: string, nonce: string): boolean {
    if (this.#isEnded) return false;
    const end = this.#perform(parseSteps(source, 'compile'), new Uint8Array(), this.#streams);
    if (end === 'hangs') return false;
    const code = end.kind === 'exited' ? end.code : 128 + signalNumber(end.signal);
    const { stdout, stderr } = this.#streams;
    for (const stream of [stdout, stderr]) stream.write(`\0${nonce} ${code}\n`);
    if (code !== 0) this.#end({ kind: 'exited', code });
    return code === 0;
  }

  #become(steps: readonly Step[], stdin: Uint8Array): void {
    if (this.#isEnded) return;
    const end = this.#perform(steps, stdin, this.#streams);
    if (end !== 'hangs') this.#end(end);
  }

  /** Echoes what comes, as it comes; the steps after that are taken at the end of the input. */
  #converse(steps: readonly Step[], stdin: PassThrough): void {
    const at = steps.findIndex(({ verb }) => verb === 'echo');
    if (this.#isEnded) return;
    if (at < 0) {
      this.#become(steps, new Uint8Array());
      return;
    }
    this.#perform(steps.slice(0, at), new Uint8Array(), this.#streams);
    stdin.on('data', (bytes: Buffer) => void this.#streams.stdout.write(bytes));
    stdin.once('end', () => this.#become(steps.slice(at + 1), new Uint8Array()));
  }

  #perform(steps: readonly Step[], stdin: Uint8Array, streams: Streams): ExitStatus | 'hangs' {
    return perform(steps, {
      stdin,
      memoryLimitBytes: this.limits.memoryBytes,
      writeOut: (bytes) => void streams.stdout.write(bytes),
      writeErr: (bytes) => void streams.stderr.write(bytes),
      use: (more) => this.use(more),
    });
  }

  #end(status: ExitStatus): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#streams.end(status);
    for (const exec of this.#execs) exec.end(killed);
    this.#ended.resolve();
  }
}
