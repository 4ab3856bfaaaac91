// What the measurements of one finished program mean. Nothing inside a sandbox is believed: a
// verdict is made of what was seen and done from outside.
import type { TerminalStatus } from '@pilotlight/contracts';

/** Why the supervisor killed a program; the first cause counts. */
export type KillCause = 'cancelled' | 'memory' | 'pids' | 'output' | 'wall_time' | 'cpu_time';

export type Exit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string };

export interface Observation {
  /** Undefined where the sandbox went away without telling how the program ended. */
  readonly exit: Exit | undefined;
  readonly killedFor: KillCause | undefined;
  /** Seen at the last look, which comes after the end. */
  readonly oomKills: number;
  readonly pidsLimitHits: number;
  readonly cpuTimeMs: number;
}

export interface RunLimits {
  readonly timeoutMs: number;
  /** Wall time limit times cores: what the program may use without being throttled. */
  readonly cpuTimeMs: number;
  readonly memoryBytes: number;
  readonly pids: number;
  readonly outputBytes: number;
}

export interface Verdict {
  readonly status: TerminalStatus;
  /** -1 where the program did not end by itself. */
  readonly exitCode: number;
  /** Empty where no signal ended it. */
  readonly signal: string;
  readonly message: string;
  /** Only the platform's own faults could end differently a second time. */
  readonly retryable: boolean;
}

/**
 * Precedence: a cancel that killed; then limits that the kernel saw broken, even where the program
 * itself exits 0 (its children were killed); then limits that the supervisor enforced; then the
 * program's own end; last, that nothing is known of it.
 */
export function judge(seen: Observation, limits: RunLimits): Verdict {
  const status = statusOf(seen);
  const { exit } = seen;
  return {
    status,
    exitCode: status === 'completed' && exit?.kind === 'exited' ? exit.code : -1,
    signal: exit?.kind === 'signalled' ? exit.signal : '',
    message: messageOf(status, seen, limits),
    retryable: status === 'platform_error',
  };
}

function statusOf({ exit, killedFor, oomKills, pidsLimitHits }: Observation): TerminalStatus {
  if (killedFor === 'cancelled') return 'cancelled';
  if (oomKills > 0 || killedFor === 'memory') return 'out_of_memory';
  if (pidsLimitHits > 0 || killedFor === 'pids') return 'pids_limit';
  if (killedFor === 'output') return 'output_limit';
  if (killedFor === 'wall_time' || killedFor === 'cpu_time') return 'timeout';
  if (exit === undefined) return 'platform_error';
  return exit.kind === 'exited' ? 'completed' : 'failed';
}

function messageOf(status: TerminalStatus, seen: Observation, limits: RunLimits): string {
  const mb = Math.round(limits.memoryBytes / (1024 * 1024));
  switch (status) {
    case 'out_of_memory':
      return `It needed more than its ${mb} MB of memory.`;
    case 'pids_limit':
      return `It started more than its ${limits.pids} processes and threads.`;
    case 'output_limit':
      return `It wrote more than ${limits.outputBytes} bytes of output.`;
    case 'timeout':
      return timeoutMessage(seen, limits);
    case 'cancelled':
      return 'It was cancelled.';
    case 'failed':
      return seen.exit?.kind === 'signalled' ? `It died of ${seen.exit.signal}.` : '';
    case 'platform_error':
      return 'Its sandbox went away while it ran.';
    default:
      return '';
  }
}

/** A program that was busy all the time ran out of cpu time, whichever timer came first. */
function timeoutMessage(seen: Observation, limits: RunLimits): string {
  const busy = seen.killedFor === 'cpu_time' || seen.cpuTimeMs >= 0.9 * limits.cpuTimeMs;
  const used = `${(seen.cpuTimeMs / 1_000).toFixed(2)} s of cpu time`;
  if (busy) return `It used up its cpu time of ${limits.cpuTimeMs / 1_000} s (${used}).`;
  return `It ran longer than its wall time of ${limits.timeoutMs / 1_000} s (${used}).`;
}
