// What still waits is sent when the process is told to end, without changing how it ends.
import { runsInLambda } from './config/function-facts.ts';
import type { Outbox } from './outbox.ts';
import { sharedState } from './shared-state.ts';

/** Idempotent. Called when something waits, so that a process that reports nothing has no listeners. */
export function flushAtExit(timeoutMs: number): void {
  const state = sharedState();
  if (state.flushesAtExit) return;
  state.flushesAtExit = true;
  const drainAll = async (): Promise<void> => {
    await Promise.all(
      [...(state.outboxes ?? new Map<string, Outbox>()).values()].map((it) => it.drain(timeoutMs)),
    );
  };
  flushOnTerm(drainAll);
  // Lambda's runtime takes the empty loop for the end of a call; everyone else for the end of the process.
  if (!runsInLambda()) {
    process.on('beforeExit', () => void drainAll());
  }
}

/**
 * A listener for SIGTERM keeps Node from ending. So this one goes first, takes itself away, and, where
 * nobody else listens, sends the signal again afterwards; where somebody does, the end is theirs.
 */
function flushOnTerm(drainAll: () => Promise<void>): void {
  const onTerm = (): void => {
    process.removeListener('SIGTERM', onTerm);
    const alone = process.listenerCount('SIGTERM') === 0;
    void drainAll().then(() => {
      if (alone) process.kill(process.pid, 'SIGTERM');
      else process.prependListener('SIGTERM', onTerm);
    });
  };
  process.prependListener('SIGTERM', onTerm);
}
