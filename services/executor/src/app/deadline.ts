// A deadline that may move while it is waited for.
import type { Cancel, Clock } from '@pilotlight/lifecycle';

/**
 * Calls `expire` once, when the moment that `dueAtMs` names (monotonic) has come. A deadline that
 * moved away is waited for again; moving it costs nothing until then. `undefined` ends the watch.
 */
export function watchDeadline(
  clock: Clock,
  dueAtMs: () => number | undefined,
  expire: () => void,
): Cancel {
  let cancel: Cancel = () => undefined;
  const look = () => {
    const due = dueAtMs();
    if (due === undefined) return;
    const leftMs = due - clock.monotonicMs();
    // A timer may be a fraction of a millisecond early; one day at a time fits any timer.
    if (leftMs <= 0) expire();
    else cancel = clock.after(Math.min(Math.ceil(leftMs), 86_400_000), look);
  };
  look();
  return () => cancel();
}
