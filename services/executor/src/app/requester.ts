// Who asks, as seen when the request comes to this node.
import { limits } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Requester } from './sandbox-record.ts';

export interface Asked {
  readonly kind: Requester['kind'];
  readonly requestId: string;
  readonly userId: string;
  readonly s3Bucket: string;
  /** When the scheduler had it, by the scheduler's clock. */
  readonly receivedAt?: Date | undefined;
  readonly traceparent: string;
  readonly executionId: string;
  /** 0 or nothing: as long as anybody may. */
  readonly waitMs?: number;
}

/**
 * The wait before arrival is the difference of two wall clocks, so never taken as negative; what
 * comes after arrival is measured by the monotonic clock.
 */
export function requesterOf(asked: Asked, clock: Clock): Requester {
  const now = clock.now();
  const receivedAt = asked.receivedAt ?? now;
  return {
    kind: asked.kind,
    requestId: asked.requestId,
    userId: asked.userId,
    s3Bucket: asked.s3Bucket,
    receivedAt,
    arrivedAtMs: clock.monotonicMs(),
    waitedUpstreamMs: Math.max(0, now.getTime() - receivedAt.getTime()),
    waitMs: asked.waitMs || limits.acquireWaitMs,
    traceparent: asked.traceparent,
    executionId: asked.executionId,
  };
}
