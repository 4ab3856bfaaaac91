// The start of a sandbox as spans, a phase each. The phases were measured by one monotonic clock without
// gaps, so they are laid end to end from the moment of the order; stamps serve where a start failed and
// its phases are not known.
import type { SandboxEvent, StartPhases } from '@pilotlight/contracts';
import {
  attributesOf,
  type Micros,
  microsOf,
  microsOfMs,
  type Span,
  type SpanRef,
  span,
  spanIdOf,
  type Trace,
  traceOf,
} from './spans.ts';

const phaseNames = [
  'scheduling',
  'image_pull',
  'container_create',
  'process_start',
  'app_init',
] as const;

/** One span for each phase that is known, in order; `parent` is the span that they are parts of. */
export function phaseSpans(event: SandboxEvent, parent: SpanRef): Span[] {
  const limits = boundaries(event);
  return phaseNames.flatMap((name, index) => {
    const [start, end] = [limits[index], limits[index + 1]];
    if (start === undefined || end === undefined) return [];
    const spanId = spanIdOf(name, `${parent.spanId} ${event.sandboxId}`);
    const hasFailed = name === 'app_init' && event.readyAt === undefined;
    return span({
      ...{ traceId: parent.traceId, spanId, parentSpanId: parent.spanId, name, start, end },
      error: hasFailed ? event.detail : undefined,
    });
  });
}

/** Where the start of a sandbox is told that nobody waited for: a trace of its own. */
export function ownTraceOf({ sandboxId }: SandboxEvent, ratio: number): Trace & SpanRef {
  const id = `start ${sandboxId}`;
  return { ...traceOf('', id, ratio), spanId: spanIdOf('start', sandboxId) };
}

/** `start <template>` with its phases, of a `ready` event. */
export function startSpans(event: SandboxEvent, ratio: number): Span[] {
  const trace = ownTraceOf(event, ratio);
  return trace.isSampled ? startIn(event, { ...trace, parentSpanId: undefined }) : [];
}

/**
 * A start that failed, of a `failed` event: in the trace of whoever waited for it, else in its own. Under
 * an acquire it is a child of the client's span, since nobody knows yet whether the acquire fails with it:
 * another node may be asked.
 */
export function failedStartSpans(event: SandboxEvent, ratio: number): Span[] {
  const { detail, executionId, requestId, traceparent } = event;
  if (requestId === '') {
    const trace = ownTraceOf(event, ratio);
    return trace.isSampled ? startIn(event, { ...trace, parentSpanId: undefined }, detail) : [];
  }
  const { clientSpanId, isSampled, traceId } = traceOf(traceparent, requestId, ratio);
  if (!isSampled) return [];
  const parentSpanId = executionId === '' ? clientSpanId : spanIdOf('execute', executionId);
  const spanId = spanIdOf('start', event.sandboxId);
  return startIn(event, { traceId, spanId, parentSpanId }, detail);
}

/** What spans of one sandbox say of it. */
export function sandboxAttributes(event: SandboxEvent) {
  return {
    'pilotlight.template': event.template,
    'pilotlight.sandbox_id': event.sandboxId,
    'pilotlight.node': event.node,
    'pilotlight.request_id': event.requestId,
    'pilotlight.execution_id': event.executionId,
    'pilotlight.template_revision': event.templateRevision,
    'pilotlight.platform_version': event.platformVersion,
    'user.id': event.userId,
  };
}

function startIn(
  event: SandboxEvent,
  place: SpanRef & Pick<Span, 'parentSpanId'>,
  error?: string,
): Span[] {
  const { traceId, spanId, parentSpanId } = place;
  const limits = boundaries(event).filter((limit) => limit !== undefined);
  const endedAt = event.readyAt ?? event.stoppedAt ?? event.at;
  const end = Math.max(limits.at(-1) ?? 0, endedAt ? microsOf(endedAt) : 0);
  const whole = span({
    ...{ traceId, spanId, parentSpanId, error, end },
    name: `start ${event.template}`,
    start: limits[0] ?? end,
    attributes: attributesOf(sandboxAttributes(event)),
  });
  return [whole, ...phaseSpans(event, whole)];
}

/** Where each phase begins and the last one ends; undefined from the first one on that is not known. */
function boundaries(event: SandboxEvent): (Micros | undefined)[] {
  return event.phases === undefined ? stampedBoundaries(event) : measured(event, event.phases);
}

/** Once its driver has made it, only its application can fail. */
function stampedBoundaries(event: SandboxEvent): (Micros | undefined)[] {
  const { imageReadyAt, containerCreatedAt, processStartedAt } = event;
  const made = [event.sandboxCreatedAt, imageReadyAt, containerCreatedAt, processStartedAt];
  const stamps = [event.orderedAt, ...made, event.readyAt ?? event.stoppedAt];
  return stamps.map((at) => at && microsOf(at));
}

function measured({ orderedAt, readyAt }: SandboxEvent, phases: StartPhases): Micros[] {
  const { schedulingMs, imagePullMs, containerCreateMs, processStartMs, appInitMs } = phases;
  // For executors that do not say when they were asked for it.
  const before = readyAt && microsOf(readyAt) - microsOfMs(phases.totalMs);
  const begun = orderedAt ? microsOf(orderedAt) : before;
  if (begun === undefined) return [];
  let reachedMs = 0;
  const lasted = [schedulingMs, imagePullMs, containerCreateMs, processStartMs, appInitMs];
  const ends = lasted.map((ms) => {
    reachedMs += ms;
    return begun + microsOfMs(reachedMs);
  });
  return [begun, ...ends];
}
