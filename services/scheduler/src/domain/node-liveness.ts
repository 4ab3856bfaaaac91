// Whether a node lives, told only by its heartbeat changing on our own monotonic clock: wall clocks
// jump, and an entry that is still in the store says nothing.

/** `silent`: not heard of for a while. It is dead only when it does not answer a call either. */
export type Liveness = 'alive' | 'silent' | 'dead';

/** What is known of one node's life. */
export interface Pulse {
  readonly incarnation: string;
  readonly heartbeat: number;
  /** Of the reader's monotonic clock, when the heartbeat last changed or a call was answered. */
  readonly heardAtMs: number;
  /** It was silent and did not answer. Forgotten with the next sign of life. */
  readonly unreachable: boolean;
}

/** 5 s: five missed heartbeats. Shorter takes a busy machine for dead, longer delays retries. */
export const silentAfterMs = 5_000;

/** A report came in. One that changes nothing is no sign of life. */
export function reported(
  pulse: Pulse | undefined,
  status: { readonly incarnation: string; readonly heartbeat: number },
  nowMs: number,
): Pulse {
  const unchanged =
    pulse?.incarnation === status.incarnation && pulse.heartbeat === status.heartbeat;
  if (unchanged) return pulse;
  const { incarnation, heartbeat } = status;
  return { incarnation, heartbeat, heardAtMs: nowMs, unreachable: false };
}

/** A silent node was asked something. Its answer counts as a heartbeat. */
export function probed(pulse: Pulse, answered: boolean, nowMs: number): Pulse {
  if (answered) return { ...pulse, heardAtMs: nowMs, unreachable: false };
  return isSilent(pulse, nowMs) ? { ...pulse, unreachable: true } : pulse;
}

export function livenessOf(pulse: Pulse, nowMs: number): Liveness {
  if (!isSilent(pulse, nowMs)) return 'alive';
  return pulse.unreachable ? 'dead' : 'silent';
}

function isSilent(pulse: Pulse, nowMs: number): boolean {
  return nowMs - pulse.heardAtMs >= silentAfterMs;
}
