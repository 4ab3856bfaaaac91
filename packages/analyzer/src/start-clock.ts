// How long the process took to start, and whose call is the first.
//
// Initialisation begins with the process (`performance.timeOrigin`) and ends when the runtime has loaded
// the function and waits for the first event. That end cannot be seen directly, and the first call may
// come hours later: provisioned concurrency, a snapshot, an environment that was made ahead. So what the
// event loop spent idle since the handler was wrapped is taken off the time of the first call: a process
// that waits for an event sits in the loop's poll, also while it is frozen.
import { type StartState, sharedState } from './shared-state.ts';

function startState(): StartState {
  const state = sharedState();
  state.start ??= { firstCallSeen: false };
  return state.start;
}

const idleMs = (): number => performance.nodeTiming.idleTime;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A handler was wrapped: from here on, an idle event loop waits for an event. */
export function noteWrapped(): void {
  startState().wrapped = { atMs: performance.now(), idleMs: idleMs(), cpuMs: cpuMs() };
}

/** True for the first caller in the process. */
export function takeFirstCall(): boolean {
  const state = startState();
  const first = !state.firstCallSeen;
  state.firstCallSeen = true;
  return first;
}

/** Milliseconds of initialisation, asked at the beginning of the first call. */
export function initDurationMs(): number {
  const now = performance.now();
  const { wrapped } = startState();
  if (wrapped === undefined) return Math.round(now);
  return Math.round(
    wrapped.atMs + awakeMs(now - wrapped.atMs, idleMs() - wrapped.idleMs, cpuMs() - wrapped.cpuMs),
  );
}

/**
 * Of the time since the handler was wrapped, what belongs to initialisation. A process may also be frozen
 * a moment before it reaches the poll; then the time is not idle, but no processor time went by either.
 * 20: a function of 128 MB has a fourteenth of a core.
 */
export function awakeMs(passedMs: number, idle: number, cpu: number): number {
  const awake = Math.max(0, passedMs - idle);
  return awake > 1000 && awake > 20 * cpu ? cpu : awake;
}
