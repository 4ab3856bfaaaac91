// The life of a sandbox as one table. Every change of state in this service asks it.
import type { SandboxEventType, SandboxState } from '@pilotlight/contracts';

const successors: Readonly<Record<SandboxState, readonly SandboxState[]>> = {
  requested: ['creating', 'stopping', 'failed'],
  creating: ['starting', 'stopping', 'failed'],
  starting: ['ready', 'stopping', 'failed'],
  ready: ['leased', 'stopping', 'failed'],
  leased: ['paused', 'stopping', 'failed'],
  paused: ['leased', 'stopping', 'failed'],
  stopping: ['stopped', 'failed'],
  stopped: [],
  failed: [],
};

/** Whether a sandbox may go from one state straight to the other. */
export function mayMove(from: SandboxState, to: SandboxState): boolean {
  return successors[from].includes(to);
}

/** States that nothing leaves: the sandbox is gone and only its record is left. */
export function isEnded(state: SandboxState): state is 'stopped' | 'failed' {
  return successors[state].length === 0;
}

/** Whether somebody holds the sandbox. */
export function isHeld(state: SandboxState): boolean {
  return state === 'leased' || state === 'paused';
}

/** The event that tells of a move; `stopping` tells nothing, `stopped` follows it at once. */
export function eventOfMove(from: SandboxState, to: SandboxState): SandboxEventType | undefined {
  if (to === 'stopping') return undefined;
  return from === 'paused' && to === 'leased' ? 'resumed' : to;
}
