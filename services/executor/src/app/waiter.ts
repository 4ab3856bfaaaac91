// A caller that waits for a sandbox, and why one is sent away.
import { PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Breaker } from '../domain/breaker.ts';
import type { Requester, SandboxRecord } from './sandbox-record.ts';

export interface Waiter {
  readonly requester: Requester;
  /** Both end the wait; the waiter has left its queue by then. */
  readonly resolve: (record: SandboxRecord) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WaiterOptions {
  readonly requester: Requester;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Takes it out of its queue; false where it was served already. */
  readonly leave: (waiter: Waiter) => boolean;
  /** What is missing, for one who waited in vain; empty where it is only a sandbox. */
  readonly lacking: () => string;
}

/** A waiter that leaves by itself when its caller gives up, or when it has waited as long as it may. */
export function createWaiter(options: WaiterOptions): {
  readonly waiter: Waiter;
  readonly claimed: Promise<SandboxRecord>;
} {
  const { requester, signal, clock, leave, lacking } = options;
  const { promise: claimed, resolve, reject } = Promise.withResolvers<SandboxRecord>();
  const giveUp = (reason: unknown) => {
    if (leave(waiter)) waiter.reject(reason);
  };
  const onAbort = () => giveUp(signal.reason);
  const cancelTimer = clock.after(requester.waitMs, () =>
    giveUp(new PlatformError('resource_exhausted', lacking() || 'no sandbox became ready in time')),
  );
  const ends = <T>(settle: (value: T) => void) => {
    return (value: T) => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      settle(value);
    };
  };
  const waiter: Waiter = { requester, resolve: ends(resolve), reject: ends(reject) };
  signal.addEventListener('abort', onAbort, { once: true });
  return { waiter, claimed };
}

/** How far the oldest start of a template has come; empty where none is under way. */
export function stillStarting(template: string, records: readonly SandboxRecord[]): string {
  const starting = records.find(
    (record) => record.template.name === template && record.state === 'creating',
  );
  if (starting?.startOutput === undefined) return '';
  const said = starting.startOutput();
  const soFar = said === '' ? 'It has written nothing.' : `It wrote last:\n${said}`;
  return `no sandbox became ready in time; the application of one does not answer yet. ${soFar}`;
}

export function draining(): PlatformError {
  return new PlatformError('unavailable', 'this node is draining');
}

/** Says why the template cannot be started, and when it will be tried again. */
export function brokenTemplate(template: string, breaker: Breaker, nowMs: number): PlatformError {
  return new PlatformError(
    'unavailable',
    `template ${template} cannot be started here: ${breaker.problem}`,
    { retry: { kind: 'after', ms: Math.max(0, breaker.openUntilMs - nowMs) } },
  );
}
