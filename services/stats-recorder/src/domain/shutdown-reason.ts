// The four shutdown reasons of the record (004) for the platform's finer ones.
import type { StopReason, TerminalStatus } from '@pilotlight/contracts';

export type ShutdownReason = 'manual' | 'inactivity' | 'error' | 'resource_limit';

/** What `completed` and the like mean: somebody's own doing, a limit, or a fault of the platform. */
const byStatus: Readonly<Record<TerminalStatus, ShutdownReason>> = {
  completed: 'manual',
  failed: 'manual',
  compile_error: 'manual',
  cancelled: 'manual',
  timeout: 'resource_limit',
  out_of_memory: 'resource_limit',
  output_limit: 'resource_limit',
  pids_limit: 'resource_limit',
  rejected: 'error',
  platform_error: 'error',
};

const byReason: Readonly<Record<StopReason, ShutdownReason>> = {
  manual: 'manual',
  inactivity: 'inactivity',
  error: 'error',
  resource_limit: 'resource_limit',
  completed: 'manual',
  // Its time was used up; it may have been busy to the end.
  expired: 'resource_limit',
  // The platform took it from its holder.
  evicted: 'error',
  node_lost: 'error',
};

/**
 * `manual` is an end that the user's side brought about: a release, a cancellation, the program's
 * own end. How an execution ended decides where it is known; words from a later version of the
 * platform are `error`. The platform's own word is kept beside it in `stop_reason`.
 */
export function shutdownReason(stopReason: string, executionStatus: string): ShutdownReason {
  const status = lookUp(byStatus, executionStatus);
  if (stopReason === 'completed' && status !== undefined) return status;
  return lookUp(byReason, stopReason) ?? status ?? 'error';
}

function lookUp(table: Readonly<Record<string, ShutdownReason>>, word: string) {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
