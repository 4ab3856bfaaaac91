// What a program that calls `pilotlight` learns from its exit code. docs and --help list them.
import { constants } from 'node:os';
import type { ErrorCode, TerminalStatus } from '@pilotlight/contracts';

/** A call that failed. Those of sysexits.h where it has one. */
const ofError: Readonly<Record<ErrorCode, number>> = {
  invalid_argument: 64,
  not_found: 66,
  conflict: 73,
  permission_denied: 77,
  unauthenticated: 77,
  failed_precondition: 69,
  resource_exhausted: 75,
  deadline_exceeded: 75,
  cancelled: 130,
  unavailable: 69,
  unimplemented: 69,
  internal: 70,
};

/** A run that did not end by itself; `completed` and `failed` depend on how it ended. */
const ofStatus: Readonly<Record<Exclude<TerminalStatus, 'completed' | 'failed'>, number>> = {
  compile_error: 65,
  timeout: 124,
  out_of_memory: 137,
  output_limit: 121,
  pids_limit: 122,
  cancelled: 130,
  rejected: 64,
  platform_error: 70,
};

export function exitCodeOfError(code: ErrorCode): number {
  return ofError[code];
}

/** The program's own code where it ended by itself, 128 + the signal where one ended it. */
export function exitCodeOfRun(run: { status: string; exitCode: number; signal: string }): number {
  if (run.status === 'completed') return run.exitCode;
  if (run.status === 'failed') return exitCodeOfSignal(run.signal);
  const code = Object.entries(ofStatus).find(([status]) => status === run.status)?.[1];
  return code ?? ofError.internal;
}

export function exitCodeOfSignal(signal: string): number {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return 128 + (number ?? 0);
}

/** For the end of --help. */
export const exitCodesHelp = `Exit codes:
  the program's own where it ended by itself
  ${ofStatus.timeout}  timeout          ${ofStatus.out_of_memory}  out of memory      ${ofStatus.output_limit}  too much output
  ${ofStatus.pids_limit}  too many processes   ${ofStatus.cancelled}  cancelled
  ${ofStatus.compile_error}   does not compile: errors, or a limit of the compile stage
  128+n  killed by signal n
  64  bad request   66  not found   69  nothing running   75  full, try again   70  Pilotlight's fault`;
