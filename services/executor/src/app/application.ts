// The service that an application sandbox runs: watched from its first line of output, and started
// once it has answered from outside.
import { PlatformError, type Template } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { ExitStatus, Program, Sandbox } from '@pilotlight/sandbox-runtime';
import {
  type ProbeOutcome,
  type ProbeRules,
  problemOf,
  startBudgetMs,
  startPatienceMs,
  startPauseMs,
} from '../domain/health.ts';
import { OutputTail, printable } from '../domain/output-tail.ts';
import type { HealthProbe, OpenProbe } from './ports.ts';
import { pause } from './retry.ts';

/** How much of the last output an error carries. */
const shownBytes = 2_000;
/** How long the last output of a program that has ended is waited for. */
const lastOutputMs = 200;

/** A service that has answered. Close the probe once its sandbox is gone. */
export interface Application {
  readonly rules: ProbeRules;
  readonly probe: HealthProbe;
  /** What it wrote last, for people; empty where it wrote nothing. */
  lastOutput(): string;
}

export interface ApplicationOptions {
  readonly sandbox: Sandbox;
  readonly settings: NonNullable<Template['probe']>;
  readonly openProbe: OpenProbe;
  readonly clock: Clock;
  /** Calls the start off. */
  readonly signal: AbortSignal;
  /** Told, before it answers, how to learn what it wrote last. */
  readonly onBegun: (lastOutput: () => string) => void;
}

/**
 * Resolves with the first good answer. Rejects `unavailable`, with the last output, when the service
 * ends or its template's periods have passed without one; the caller destroys the sandbox.
 */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const { sandbox, settings, clock, signal } = options;
  const program = sandbox.watch();
  const tail = new OutputTail();
  const outputEnded = collect(program, tail);
  const lastOutput = () => printable(tail.text(shownBytes));
  options.onBegun(lastOutput);
  const rules = {
    periodMs: settings.period_seconds * 1_000,
    failureThreshold: settings.failure_threshold,
  };
  const probe = options.openProbe(sandbox, settings);
  const end = new AbortController();
  void program.exit.then((exit) => end.abort(exit));
  try {
    const problem = await firstAnswer({ rules, probe, clock, over: [signal, end.signal] });
    signal.throwIfAborted();
    if (problem === undefined) return { rules, probe, lastOutput };
    if (!end.signal.aborted) throw failed(problem, lastOutput());
    await Promise.race([outputEnded, pause(clock, lastOutputMs, signal)]);
    throw failed(endOf(end.signal.reason), lastOutput());
  } catch (thrown) {
    probe.close();
    throw PlatformError.from(thrown);
  }
}

interface Start {
  readonly rules: ProbeRules;
  readonly probe: HealthProbe;
  readonly clock: Clock;
  readonly over: readonly AbortSignal[];
}

/** Asks until there is a good answer; what was wrong with the last one where none comes in time. */
async function firstAnswer({ rules, probe, clock, over }: Start): Promise<string | undefined> {
  const begunMs = clock.monotonicMs();
  const stop = AbortSignal.any([...over]);
  for (let problem = 'nothing yet'; ; ) {
    const patienceMs = startPatienceMs(rules, clock.monotonicMs() - begunMs);
    if (patienceMs === 0 || stop.aborted) {
      return `no good answer within ${startBudgetMs(rules) / 1_000} s: ${problem}`;
    }
    const answer = problemOf(await lookWithin(probe, clock, patienceMs, stop));
    if (answer === undefined) return undefined;
    problem = answer;
    await pause(clock, startPauseMs, stop);
  }
}

/** One look that takes no longer than `patienceMs`. */
export async function lookWithin(
  probe: HealthProbe,
  clock: Clock,
  patienceMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const tooLong = new AbortController();
  const cancel = clock.after(patienceMs, () => tooLong.abort());
  try {
    const outcome = await probe.look(AbortSignal.any([signal, tooLong.signal]));
    if (outcome.kind === 'answered' || !tooLong.signal.aborted) return outcome;
    return { kind: 'silent', detail: `no answer within ${patienceMs / 1_000} s` };
  } finally {
    cancel();
  }
}

/** Reads both streams for ever, so that the program is never held up. Resolves at their end. */
async function collect({ stdout, stderr }: Program, tail: OutputTail): Promise<void> {
  const closed = [stdout, stderr].map((stream) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.on('data', (chunk: Buffer) => tail.write(chunk));
    // An error of the stream is its end; `close` follows it.
    stream.on('error', () => undefined);
    stream.once('close', resolve).once('end', resolve);
    return promise;
  });
  await Promise.all(closed);
}

function endOf(exit: ExitStatus): string {
  return exit.kind === 'exited'
    ? `it ended with exit code ${exit.code}`
    : `it was ended by ${exit.signal}`;
}

function failed(problem: string, lastOutput: string): PlatformError {
  const said = lastOutput === '' ? 'It wrote nothing.' : `It wrote last:\n${lastOutput}`;
  return new PlatformError('unavailable', `The application did not start: ${problem}. ${said}`);
}
