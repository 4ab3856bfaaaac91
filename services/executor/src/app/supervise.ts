// Watches one program from outside until it has ended, and ends it when it breaks a limit.
import { PlatformError } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import type { ExitStatus, Program, Sandbox, SandboxUsage } from '@pilotlight/sandbox-runtime';
import type { KillCause, Observation, RunLimits } from '../domain/verdict.ts';
import type { Log } from './ports.ts';

/** How often memory, processes and cpu time are looked at. */
export const pollMs = 20;
/** How long to wait for the exit status of a sandbox that is gone, or that was killed. */
const lastWordsMs = 1_000;

export interface Watch {
  readonly sandbox: Sandbox;
  readonly program: Program;
  /** Resolves when all output has been read. */
  readonly outputEnded: Promise<void>;
  readonly limits: RunLimits;
  /** What the start used; not the program's. */
  readonly usageAtStart: SandboxUsage;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Ending extends Observation {
  readonly executionTimeMs: number;
  readonly peakMemoryBytes: number;
  /** Totals of the sandbox at the last look: where the next stage starts from. */
  readonly usage: SandboxUsage;
}

export interface StageEnding extends Ending {
  /** False where the program ended with the stage or was killed in it. */
  readonly goesOn: boolean;
}

export class Supervisor {
  readonly #watch: Watch;
  readonly #startedMs: number;
  readonly #killed = Promise.withResolvers<void>();
  #killedFor: KillCause | undefined;
  #usage: SandboxUsage;
  readonly #cancelWall: Cancel;
  #cancelPoll: Cancel = () => undefined;
  #isOver = false;

  /** Starts the wall clock: make it in the same turn as the program. */
  constructor(watch: Watch) {
    this.#watch = watch;
    this.#startedMs = watch.clock.monotonicMs();
    this.#usage = watch.usageAtStart;
    this.#cancelWall = watch.clock.after(watch.limits.timeoutMs, () => this.kill('wall_time'));
    this.#pollLater();
  }

  /** Kills the whole tree; the first cause is the one that counts. Does nothing after the end. */
  kill(cause: KillCause): void {
    if (this.#isOver || this.#killedFor !== undefined) return;
    this.#killedFor = cause;
    const { sandbox, log, clock } = this.#watch;
    clock.after(lastWordsMs, () => this.#killed.resolve());
    sandbox.kill().then(
      () => this.#killed.resolve(),
      (err: unknown) => {
        log.error({ sandbox: sandbox.id, err }, 'a sandbox could not be killed');
        this.#killed.resolve();
      },
    );
  }

  /** What was seen, once the program has ended and its output has been read. Never rejects. */
  async ended(): Promise<Ending> {
    const exit = await this.#exit();
    const executionTimeMs = this.#stop();
    const [last] = await Promise.all([this.#look(), this.#outputRead()]);
    return this.#endingOf(exit, executionTimeMs, last);
  }

  /**
   * The same for a stage that the program outlives: `compiled` has the exit code of that stage. A
   * program that ends before it, or is killed, is seen as in `ended`. Never rejects.
   */
  async stageEnded(compiled: Promise<number>): Promise<StageEnding> {
    const first = await Promise.race([
      compiled.then((code) => ({ exit: { kind: 'exited', code } as const, goesOn: true })),
      this.#exit().then((exit) => ({ exit, goesOn: false })),
    ]);
    const executionTimeMs = this.#stop();
    const goesOn = first.goesOn && this.#killedFor === undefined;
    const [last] = await Promise.all([this.#look(), goesOn ? undefined : this.#outputRead()]);
    return { ...this.#endingOf(first.exit, executionTimeMs, last), goesOn };
  }

  /** Ends the clocks; nothing is killed from here on. Returns how long it took. */
  #stop(): number {
    this.#isOver = true;
    this.#cancelWall();
    this.#cancelPoll();
    return this.#watch.clock.monotonicMs() - this.#startedMs;
  }

  /** Streams that something holds open after the end have nothing more to say. */
  async #outputRead(): Promise<void> {
    const { program, outputEnded } = this.#watch;
    await this.#within(outputEnded);
    program.stdout.destroy();
    program.stderr.destroy();
  }

  #endingOf(
    exit: ExitStatus | undefined,
    executionTimeMs: number,
    last: SandboxUsage | undefined,
  ): Ending {
    const { usageAtStart } = this.#watch;
    const usage = last ?? this.#usage;
    return {
      exit,
      killedFor: this.#killedFor,
      oomKills: usage.oomKills - usageAtStart.oomKills,
      pidsLimitHits: usage.pidsLimitHits - usageAtStart.pidsLimitHits,
      cpuTimeMs: Math.max(0, usage.cpuTimeMs - usageAtStart.cpuTimeMs),
      peakMemoryBytes: usage.peakMemoryBytes,
      executionTimeMs,
      usage,
    };
  }

  /** Undefined where the sandbox is gone and nothing tells how the program ended. */
  #exit(): Promise<ExitStatus | undefined> {
    const { program, sandbox } = this.#watch;
    const gone = Promise.race([sandbox.ended, this.#killed.promise]);
    return Promise.race([program.exit, gone.then(() => this.#within(program.exit))]);
  }

  #within<T>(promise: Promise<T>): Promise<T | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#watch.clock.after(lastWordsMs, () => resolve(undefined));
    return Promise.race([promise, late]).finally(cancel);
  }

  #pollLater(): void {
    if (this.#isOver || this.#killedFor !== undefined) return;
    const poll = async () => {
      this.#usage = (await this.#look()) ?? this.#usage;
      this.#enforce();
      this.#pollLater();
    };
    this.#cancelPoll = this.#watch.clock.after(pollMs, () => void poll());
  }

  #enforce(): void {
    const { limits, usageAtStart } = this.#watch;
    const { oomKills, pidsLimitHits, cpuTimeMs } = this.#usage;
    if (oomKills > usageAtStart.oomKills) this.kill('memory');
    else if (pidsLimitHits > usageAtStart.pidsLimitHits) this.kill('pids');
    else if (cpuTimeMs - usageAtStart.cpuTimeMs >= limits.cpuTimeMs) this.kill('cpu_time');
  }

  /** Undefined where it fails: the one before stands, and the wall clock bounds the run anyway. */
  async #look(): Promise<SandboxUsage | undefined> {
    const { sandbox, log } = this.#watch;
    try {
      return await sandbox.usage();
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      log.warn({ sandbox: sandbox.id, err }, 'usage could not be measured');
      return undefined;
    }
  }
}
