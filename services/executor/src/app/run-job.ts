// One job in one sandbox, from handing it over to the end of its program: stage by stage, each with
// its own limits, clock and figures.
import { PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { JobProgram, Sandbox, SandboxUsage } from '@pilotlight/sandbox-runtime';
import type { Chunk } from '../domain/coalescer.ts';
import { judgeCompile } from '../domain/compile-verdict.ts';
import { type ChangeableLimits, type StageLimits, sameLimits } from '../domain/effective-limits.ts';
import { judge, type KillCause, type Verdict } from '../domain/verdict.ts';
import { OutputRecorder } from './output-recorder.ts';
import type { Log } from './ports.ts';
import type { RunInput } from './run-input.ts';
import { StageWatch } from './stage-watch.ts';
import { type Ending, type StageEnding, Supervisor } from './supervise.ts';

/** What a job may use. */
export interface JobLimits {
  readonly atBirth: ChangeableLimits;
  readonly run: StageLimits;
  /** Of a staged job; both stages together can use no more than the two sets of limits. */
  readonly compile: { readonly limits: StageLimits; readonly nonce: string } | undefined;
}

export interface JobParts {
  readonly sandbox: Sandbox;
  /** See `encodeJob`; staged with the nonce of `limits.compile`. */
  readonly job: Uint8Array;
  readonly limits: JobLimits;
  /** Of an interactive job. */
  readonly input: RunInput | undefined;
  /** What the start of the sandbox used, where that was measured. */
  readonly usageAtStart: SandboxUsage | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the job is handed over. */
  readonly onStart: () => void;
  /** Called with each chunk of output, in order. */
  readonly emit: (chunk: Chunk) => void;
}

/** How it all ended. */
export interface JobEnd {
  readonly startedAt: Date;
  readonly verdict: Verdict;
  readonly output: OutputRecorder;
  /** Undefined where the program did not come to run. */
  readonly run: Ending | undefined;
  /** Undefined for a job without stages. */
  readonly compile: (StageEnding & { readonly verdict: Verdict }) | undefined;
}

/** Runs at most once. */
export class JobRun {
  readonly #parts: JobParts;
  #supervisor: Supervisor | undefined;
  #cause: KillCause | undefined;

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  /** Kills it, whatever stage it is at or between two; the first cause is the one that counts. */
  kill(cause: KillCause): void {
    this.#cause ??= cause;
    this.#supervisor?.kill(cause);
  }

  /** Rejects with the driver's error where the sandbox cannot be limited or measured. */
  async run(): Promise<JobEnd> {
    const { sandbox, job, limits, clock, emit, input } = this.#parts;
    const { compile } = limits;
    const first = compile?.limits ?? limits.run;
    if (!sameLimits(first, limits.atBirth)) await sandbox.setLimits(first);
    const usageAtStart = this.#parts.usageAtStart ?? (await sandbox.usage());
    const startedAt = clock.now();
    const kind = { isStaged: compile !== undefined, isInteractive: input !== undefined };
    const program = sandbox.run(job, kind);
    const stages = compile && new StageWatch(clock, compile.nonce);
    const onExceeded = () => this.kill('output');
    const output = new OutputRecorder({ clock, emit, onExceeded, stages }, program);
    const watch = { program, output, usageAtStart };
    const supervisor = this.#supervise(watch, first);
    this.#parts.onStart();
    const about = { startedAt, output };
    if (compile === undefined || stages === undefined) {
      input?.open(program, () => output.expectAnswer());
      return { ...about, ...(await this.#toTheEnd(watch, supervisor)), compile: undefined };
    }
    const ending = await supervisor.stageEnded(stages.compiled);
    const verdict = judgeCompile(ending, compile.limits);
    const compiled = { ...ending, verdict: verdict.stage };
    if (verdict.execution !== undefined) {
      return { ...about, ...this.#notCompiled(watch, verdict.execution), compile: compiled };
    }
    const next = await this.#goOn({ ...watch, usageAtStart: ending.usage });
    return { ...about, ...next, compile: compiled };
  }

  /** The program's own limits are in force before it is told to begin. */
  async #goOn(watch: Watched) {
    const { sandbox, limits, input } = this.#parts;
    const hasRoom = await this.#limitRun();
    await sandbox.resetPeakMemory();
    const supervisor = this.#supervise(watch, limits.run);
    if (hasRoom) {
      watch.program.proceed();
      input?.open(watch.program, () => watch.output.expectAnswer());
    } else supervisor.kill('memory');
    return this.#toTheEnd(watch, supervisor);
  }

  /** False where what the compile stage left behind needs more memory than the program may use. */
  async #limitRun(): Promise<boolean> {
    const { sandbox, limits } = this.#parts;
    const { run, compile } = limits;
    if (compile !== undefined && sameLimits(run, compile.limits)) return true;
    try {
      await sandbox.setLimits(run);
      return true;
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      const { memoryBytes } = await sandbox.usage();
      if (error.code !== 'resource_exhausted' && memoryBytes <= run.memoryBytes) throw error;
      return false;
    }
  }

  async #toTheEnd({ output }: Watched, supervisor: Supervisor) {
    const run = await supervisor.ended();
    output.close();
    return { run, verdict: judge(run, this.#parts.limits.run) };
  }

  #notCompiled({ program, output }: Watched, verdict: Verdict) {
    output.close();
    program.stdout.destroy();
    program.stderr.destroy();
    return { run: undefined, verdict };
  }

  /** Starts the wall clock of a stage. */
  #supervise({ program, output, usageAtStart }: Watched, limits: StageLimits): Supervisor {
    const { sandbox, clock, log } = this.#parts;
    const supervisor = new Supervisor({
      ...{ sandbox, program, clock, log, limits, usageAtStart },
      outputEnded: output.ended,
    });
    this.#supervisor = supervisor;
    if (this.#cause !== undefined) supervisor.kill(this.#cause);
    return supervisor;
  }
}

interface Watched {
  readonly program: JobProgram;
  readonly output: OutputRecorder;
  readonly usageAtStart: SandboxUsage;
}
