// What callers see of an execution, with and without a result.
import type { Execution, ExecutionResult } from '@pilotlight/contracts';

/** What is known of one that has no result yet. */
export interface Pending {
  readonly id: string;
  readonly user: string;
  readonly language: string;
  readonly status: 'queued' | 'running';
  readonly queuedAt: Date;
  /** Undefined while it waits. */
  readonly startedAt: Date | undefined;
}

/** `estimatedWaitMs`: 0 where it does not wait. */
export function pendingView(pending: Pending, estimatedWaitMs: number): Execution {
  const { id, user, language, status, queuedAt, startedAt } = pending;
  return {
    ...{ executionId: id, status, language, queuedAt, estimatedWaitMs },
    ...{ userId: user, startedAt, result: undefined },
  };
}

export function endedView(executionId: string, result: ExecutionResult): Execution {
  const { language, queuedAt, startedAt, status, userId } = result;
  return { executionId, status, result, queuedAt, startedAt, estimatedWaitMs: 0, language, userId };
}
