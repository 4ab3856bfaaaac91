// Why a sandbox stopped, as container_stats has it, from how its execution ended.
import type { StopReason, TerminalStatus } from '@pilotlight/contracts';

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

export function stopReasonOf(status: TerminalStatus): StopReason {
  return reasons[status];
}
