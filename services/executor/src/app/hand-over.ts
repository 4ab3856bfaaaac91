// The moment at which a sandbox becomes somebody's.
import type { Clock } from '@pilotlight/lifecycle';
import type { Requester, SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

export interface HandOver {
  readonly registry: SandboxRegistry;
  readonly clock: Clock;
}

/** Makes a ready sandbox the requester's: it is `leased` from now on. */
export function handOver(
  { registry, clock }: HandOver,
  record: SandboxRecord,
  requester: Requester,
  fromWarmPool: boolean,
): SandboxRecord {
  const waitedMs = clock.monotonicMs() - requester.arrivedAtMs;
  record.holder = {
    ...requester,
    availableAt: clock.now(),
    fromWarmPool,
    acquisitionMs: requester.waitedUpstreamMs + waitedMs,
  };
  registry.move(record, 'leased');
  return record;
}
