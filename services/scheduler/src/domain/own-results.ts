// Results that the scheduler writes itself, for what no node will finish.
import { ExecutionResult } from '@pilotlight/contracts';

/** What is known of an execution that ends without a program's end. Empty where unknown. */
export interface Unfinished {
  readonly id: string;
  readonly language: string;
  readonly user: string;
  readonly priority: string;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly queuedAt: Date | undefined;
  /** Of the attempt that readers were shown last; 0 where none was made. */
  readonly attempt: number;
  readonly lastOutputSequence: number;
}

export type OwnStatus = 'cancelled' | 'rejected' | 'platform_error';

/** How it ended, in words for people. */
export interface OwnEnding {
  readonly status: OwnStatus;
  readonly message: string;
  readonly retryable: boolean;
}

export const cancelledEnding: OwnEnding = {
  status: 'cancelled',
  message: 'Cancelled on request.',
  retryable: false,
};

/** A queued execution that nobody could run in time. `problem`: why, where that is known. */
export function waitedTooLong(waitedMs: number, problem: string): OwnEnding {
  const waited = `It waited ${Math.round(waitedMs / 1_000)} s in the queue without being run.`;
  const message = [waited, problem, 'Submit it again under a new id.'].join(' ').replace('  ', ' ');
  return { status: 'rejected', message, retryable: true };
}

export function ownResult(of: Unfinished, ending: OwnEnding, now: Date): ExecutionResult {
  return ExecutionResult.create({
    executionId: of.id,
    ...ending,
    exitCode: -1,
    attempt: of.attempt,
    lastOutputSequence: of.lastOutputSequence,
    language: of.language,
    userId: of.user,
    priority: of.priority,
    correlationId: of.correlationId,
    traceparent: of.traceparent,
    queuedAt: of.queuedAt,
    finishedAt: now,
  });
}
