// The closed sets of words that messages carry as strings (docs/adr/0002). Lower case and snake
// case, the same in protobuf, JSON, SQL and metrics.

export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

/** The two queues of metrics and APIs: `priority` holds high, `standard` normal and low. */
export type Queue = 'priority' | 'standard';

export function queueOf(priority: Priority): Queue {
  return priority === 'high' ? 'priority' : 'standard';
}

/** Where an execution can end. Only `platform_error` is the platform's fault. */
export const terminalStatuses = [
  /** The program ended by itself, whatever its exit code. */
  'completed',
  /** It died of a signal of its own making. */
  'failed',
  'compile_error',
  /** Wall or cpu time. */
  'timeout',
  'out_of_memory',
  'output_limit',
  'pids_limit',
  'cancelled',
  /** The request could never be run; the message names the field. */
  'rejected',
  'platform_error',
] as const;
export type TerminalStatus = (typeof terminalStatuses)[number];

export type ExecutionStatus = 'queued' | 'running' | TerminalStatus;

export function isTerminal(status: string): status is TerminalStatus {
  return (terminalStatuses as readonly string[]).includes(status);
}

export const sandboxStates = [
  'requested',
  'creating',
  'starting',
  'ready',
  'leased',
  'paused',
  'stopping',
  'stopped',
  'failed',
] as const;
export type SandboxState = (typeof sandboxStates)[number];

/**
 * Events are named after the state that was reached, but for `resumed`, which returns to leased, and
 * `healthy` and `unhealthy`, which tell of an application's probe and change no state.
 */
export const sandboxEventTypes = [
  'requested',
  'creating',
  'starting',
  'ready',
  'leased',
  'paused',
  'resumed',
  'healthy',
  'unhealthy',
  'stopped',
  'failed',
] as const;
export type SandboxEventType = (typeof sandboxEventTypes)[number];

/** How bad an alert is: look at it soon, or now. */
export const alertSeverities = ['warning', 'critical'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

/** Why a sandbox stopped. The first four are those of `container_stats.shutdown_reason`. */
export const stopReasons = [
  /** Its holder released it, or cancelled its execution. */
  'manual',
  /** Its idle timeout passed. */
  'inactivity',
  'error',
  /** Memory, time, pids or output ran out. */
  'resource_limit',
  /** Its one job ended. */
  'completed',
  /** Its time to live passed. */
  'expired',
  /** Stock that was not needed any more, or a drained node. */
  'evicted',
  'node_lost',
] as const;
export type StopReason = (typeof stopReasons)[number];

export const outputStreams = ['stdout', 'stderr'] as const;
export type OutputStreamName = (typeof outputStreams)[number];

/** Of executions with a compile stage; the other languages have `run` only. */
export const stages = ['compile', 'run'] as const;
export type Stage = (typeof stages)[number];

/** What stands between a program and the host's kernel. */
export const isolationLevels = ['default', 'gvisor'] as const;
export type IsolationLevel = (typeof isolationLevels)[number];

/** What a sandbox can reach: nothing, or public addresses only. */
export const networkModes = ['none', 'egress'] as const;
export type NetworkMode = (typeof networkModes)[number];

/** What OnAction understands (seed 000). */
export const userActions = ['user_login', 'project_open', 'file_edit', 'build_start'] as const;
export type UserAction = (typeof userActions)[number];
