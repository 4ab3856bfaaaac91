// One attempt at an execution: a sandbox of its own, the job, what came of it, and the result
// stored before anybody hears of it.
import { randomBytes } from 'node:crypto';
import {
  type ExecutionInput,
  type ExecutionResult,
  isTerminal,
  PlatformError,
  type RunStarted,
  type Template,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { encodeJob, type Sandbox } from '@pilotlight/sandbox-runtime';
import { compileLimits, limitsAtBirth, runLimits } from '../domain/effective-limits.ts';
import { stopReasonOf } from '../domain/stop-reason.ts';
import { nextMoment } from '../domain/timeline.ts';
import { judge } from '../domain/verdict.ts';
import type { Disposal } from './disposal.ts';
import { type RunOrder, resultOf } from './execution-result.ts';
import { momentOf } from './moment.ts';
import { OutputPublisher } from './output-publisher.ts';
import type { Log, OutputLog, ResultStore } from './ports.ts';
import { requesterOf } from './requester.ts';
import { untilDone } from './retry.ts';
import { RunInput } from './run-input.ts';
import { type JobLimits, JobRun } from './run-job.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { Stock } from './stock.ts';

export interface AttemptOptions {
  readonly node: string;
  readonly stock: Stock;
  readonly disposal: Disposal;
  readonly outputs: OutputLog;
  readonly results: ResultStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a watcher sees of an attempt. */
export interface Watchable {
  /** Resolves when the job was handed over, or at the end of one that never got that far. */
  readonly started: Promise<RunStarted | undefined>;
  /**
   * The stored result, which may be one that somebody else stored first. Rejects where there is
   * none: then another node or attempt has to do it.
   */
  readonly finished: Promise<ExecutionResult>;
}

export class RunAttempt implements Watchable {
  readonly order: RunOrder;
  readonly started: Promise<RunStarted | undefined>;
  readonly finished: Promise<ExecutionResult>;
  readonly #options: AttemptOptions;
  readonly #started = Promise.withResolvers<RunStarted | undefined>();
  readonly #cancelled = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #input: RunInput | undefined;
  #job: JobRun | undefined;

  constructor(options: AttemptOptions, order: RunOrder) {
    this.#options = options;
    this.order = order;
    const { interactive, stdin } = order.request;
    this.#input = interactive ? new RunInput(stdin) : undefined;
    this.started = this.#started.promise;
    this.finished = this.#run().finally(() => this.#started.resolve(undefined));
    // Whoever watches hears of a failure; without a watcher it is nobody's.
    this.finished.catch(() => undefined);
  }

  /** As `RunInput.send` says; rejects `failed_precondition` where it is not interactive. */
  async sendInput(input: ExecutionInput['input'], signal: AbortSignal): Promise<void> {
    if (this.#input === undefined) {
      throw new PlatformError('failed_precondition', 'It is not interactive.');
    }
    await this.#input.send(input, signal);
  }

  /** Ends it, waiting or running; `finished` has the result that counts. Idempotent. */
  cancel(): void {
    this.#cancelled.abort(new PlatformError('cancelled', 'the execution was cancelled'));
    this.#job?.kill('cancelled');
  }

  /** Ends it without a result, so that it is attempted elsewhere: the node goes away. */
  abandon(): void {
    this.#abandoned.abort(new PlatformError('unavailable', 'this node is draining'));
    this.#job?.kill('cancelled');
  }

  async #run(): Promise<ExecutionResult> {
    const template = this.#options.stock.template(this.order.template);
    const job = prepareJob(this.order, template);
    const record = await this.#claim();
    if (record === undefined) return this.#store(this.#cancelledResult());
    try {
      const { sandbox } = record;
      if (sandbox === undefined) throw new PlatformError('internal', `${record.id} has no sandbox`);
      const result = await this.#runIn(record, sandbox, job);
      const { status, message, compile } = result;
      if (isTerminal(status)) {
        record.executionStatus = status;
        const reason = stopReasonOf(status, compile?.status);
        this.#options.disposal.dispose(record, { reason, detail: message });
      }
      return result;
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      this.#options.disposal.dispose(record, { reason: 'error', detail: error.message });
      throw error;
    }
  }

  /** Undefined where it was cancelled before a sandbox was there. */
  async #claim(): Promise<SandboxRecord | undefined> {
    const { stock, clock } = this.#options;
    const { request, receivedAt, template } = this.order;
    const requester = requesterOf(
      { kind: 'run', ...request, receivedAt, requestId: request.id, executionId: request.id },
      clock,
    );
    try {
      const signal = AbortSignal.any([this.#cancelled.signal, this.#abandoned.signal]);
      return await stock.claim(template, requester, signal);
    } catch (thrown) {
      if (this.#cancelled.signal.aborted) return undefined;
      throw thrown;
    }
  }

  async #runIn(
    record: SandboxRecord,
    sandbox: Sandbox,
    job: PreparedJob,
  ): Promise<ExecutionResult> {
    const { clock, log, node, outputs } = this.#options;
    const { signal } = this.#abandoned;
    if (record.template.network === 'egress') await sandbox.openEgress();
    const publisher = new OutputPublisher({ target: outputs, clock, signal });
    this.#job = new JobRun({
      ...{ sandbox, clock, log, job: job.encoded, limits: job.limits, input: this.#input },
      usageAtStart: record.usageAtStart,
      onStart: () => this.#begun(record, job.limits),
      emit: (chunk) => publisher.publish({ ...this.#identity(), ...chunk }),
    });
    if (this.#cancelled.signal.aborted || signal.aborted) this.#job.kill('cancelled');
    const begun = momentOf(clock);
    const end = await this.#job.run();
    const finishedAt = new Date(nextMoment(begun, momentOf(clock)).wallMs);
    const about = { node, finishedAt, ran: { record, ...end } };
    const result = resultOf(this.order, end.verdict, about);
    await publisher.flushed();
    return this.#store(result);
  }

  #begun(record: SandboxRecord, { compile, run }: JobLimits): void {
    const longestMs = (compile?.limits.timeoutMs ?? 0) + run.timeoutMs;
    record.expiresAt = new Date(this.#options.clock.now().getTime() + longestMs);
    this.#started.resolve({
      sandboxId: record.id,
      fromWarmPool: record.holder?.fromWarmPool ?? false,
    });
  }

  #identity() {
    return { executionId: this.order.request.id, attempt: this.order.attempt };
  }

  #cancelledResult(): ExecutionResult {
    const nothing = { exit: undefined, oomKills: 0, pidsLimitHits: 0, cpuTimeMs: 0 };
    const noLimits = { timeoutMs: 0, cpuTimeMs: 0, memoryBytes: 0, pids: 0, outputBytes: 0 };
    const verdict = judge({ ...nothing, killedFor: 'cancelled' }, noLimits);
    const { node, clock } = this.#options;
    return resultOf(this.order, verdict, { node, finishedAt: clock.now(), ran: undefined });
  }

  #store(result: ExecutionResult): Promise<ExecutionResult> {
    const { results, clock } = this.#options;
    const { signal } = this.#abandoned;
    signal.throwIfAborted();
    return untilDone(clock, signal, () => results.storeFirst(result));
  }
}

interface PreparedJob {
  readonly encoded: Uint8Array;
  readonly limits: JobLimits;
}

/** `code` becomes the template's entry file; of `files` the first is run. */
function prepareJob({ request }: RunOrder, template: Template): PreparedJob {
  const { entry, name } = template;
  if (entry === undefined) {
    throw new PlatformError('invalid_argument', `${name} is an application: it runs no code.`);
  }
  const files = request.files.length > 0 ? request.files : [{ path: entry, content: request.code }];
  const first = files[0]?.path ?? entry;
  const job = {
    ...{ files, argv: [first, ...request.args], env: {} },
    ...(!request.interactive && { stdin: request.stdin }),
  };
  const compile = compileLimits(template, request);
  const staged = compile && { limits: compile, nonce: randomBytes(16).toString('hex') };
  return {
    encoded: encodeJob(staged === undefined ? job : { ...job, nonce: staged.nonce }),
    limits: {
      atBirth: limitsAtBirth(template),
      run: runLimits(template, request),
      compile: staged,
    },
  };
}
