// What a client asked for and had, as spans: the wait for a sandbox, and the time it was theirs.
import type { SandboxEvent } from '@pilotlight/contracts';
import {
  attributesOf,
  microsOf,
  microsOfMs,
  type Span,
  type SpanRef,
  span,
  spanIdOf,
  traceOf,
} from './spans.ts';
import { ownTraceOf, phaseSpans, sandboxAttributes } from './spans-of-starts.ts';

/** Reasons for which a lease ends otherwise than its holder or its limits in time would have it. */
const badEnds: readonly string[] = ['error', 'resource_limit', 'node_lost'];

/**
 * Of a `leased` event: `acquire <template>`, in the client's trace and under its span, or under the
 * execution that it was for. Warm, it is linked to the start that it saved; cold, the phases of the start
 * are its children, and one that was ordered before this request begins before it.
 */
export function acquireSpans(event: SandboxEvent, ratio: number): Span[] {
  const { acquisitionMs, availableAt, executionId, fromWarmPool, requestReceivedAt } = event;
  const trace = traceOf(event.traceparent, event.requestId, ratio);
  if (!trace.isSampled || availableAt === undefined) return [];
  const end = microsOf(availableAt);
  const isLease = executionId === '';
  const acquire = span({
    ...{ traceId: trace.traceId, spanId: acquireIdOf(event), end },
    parentSpanId: isLease ? trace.clientSpanId : spanIdOf('execute', executionId),
    name: `acquire ${event.template}`,
    kind: isLease ? 'server' : 'internal',
    start: requestReceivedAt ? microsOf(requestReceivedAt) : end - microsOfMs(acquisitionMs),
    attributes: attributesOf({
      ...sandboxAttributes(event),
      'pilotlight.from_warm_pool': fromWarmPool,
      'pilotlight.acquisition_ms': acquisitionMs,
    }),
    links: fromWarmPool ? savedStart(event, ratio) : [],
  });
  return fromWarmPool ? [acquire] : [acquire, ...phaseSpans(event, acquire)];
}

/**
 * Of the event that ends a lease: `lease <template>`, a child of its acquire from there to the end. A
 * sandbox that ran an execution has none: the execution's own spans say what it did.
 */
export function leaseSpans(event: SandboxEvent, ratio: number): Span[] {
  const { availableAt, executionId, stopReason, stoppedAt } = event;
  const { isSampled, traceId } = traceOf(event.traceparent, event.requestId, ratio);
  if (!isSampled || availableAt === undefined || executionId !== '') return [];
  const hasFailed = event.type === 'failed' || badEnds.includes(stopReason);
  const ended = stoppedAt ?? event.at ?? availableAt;
  return [
    span({
      ...{ traceId, spanId: spanIdOf('lease', idOf(event)), parentSpanId: acquireIdOf(event) },
      name: `lease ${event.template}`,
      start: microsOf(availableAt),
      end: microsOf(ended),
      attributes: attributesOf({
        ...sandboxAttributes(event),
        'pilotlight.stop_reason': stopReason,
      }),
      error: hasFailed ? firstLine(event.detail) || stopReason : undefined,
    }),
  ];
}

function savedStart(event: SandboxEvent, ratio: number): SpanRef[] {
  const { isSampled, spanId, traceId } = ownTraceOf(event, ratio);
  return isSampled ? [{ traceId, spanId }] : [];
}

function acquireIdOf(event: SandboxEvent): string {
  return spanIdOf('acquire', idOf(event));
}

/** A request may have been given two sandboxes, where the node of the first was lost on the way. */
function idOf({ requestId, sandboxId }: SandboxEvent): string {
  return `${requestId} ${sandboxId}`;
}

/** The lines below may quote what a user's program wrote. */
function firstLine(detail: string): string {
  return detail.split('\n', 1)[0] ?? '';
}
