// Why a sandbox stopped, as container_stats has it, from how its execution ended.
import { isTerminal, type StopReason, type TerminalStatus } from '@pilotlight/contracts';

const reasons: Readonly<Record<TerminalStatus, StopReason>> = {
  completed: 'completed',
  compile_error: 'completed',
  failed: 'error',
  rejected: 'error',
  platform_error: 'error',
  timeout: 'resource_limit',
  out_of_memory: 'resource_limit',
  output_limit: 'resource_limit',
  pids_limit: 'resource_limit',
  cancelled: 'manual',
};

/** `compile`: how the compile stage ended, which tells more of a `compile_error`. */
export function stopReasonOf(status: TerminalStatus, compile = ''): StopReason {
  return reasons[status === 'compile_error' && isTerminal(compile) ? compile : status];
}
