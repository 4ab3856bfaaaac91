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
  const acquisitionMs = requester.waitedUpstreamMs + waitedMs;
  // The clock of the scheduler that received the request may be ahead of this node's.
  const availableAt = registry.timeOf(record, requester.receivedAt.getTime() + acquisitionMs);
  record.holder = { ...requester, availableAt, fromWarmPool, acquisitionMs };
  registry.move(record, 'leased', availableAt);
  return record;
}
