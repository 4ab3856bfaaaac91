// Spans to an OTLP receiver over HTTP, as protobuf, by OpenTelemetry's own exporter. To be imported only
// where there is a receiver: that takes 90 ms and 24 MB.
import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Secret } from '@pilotlight/config';
import { PlatformError } from '@pilotlight/contracts';
import type { SpanExporter } from '../app/ports.ts';
import type { Micros, Span, SpanRef } from '../domain/spans.ts';

export interface OtlpOptions {
  /** Base URL, such as http://127.0.0.1:4318; `/v1/traces` is added. */
  readonly endpoint: string;
  /** `name=value`, separated by commas, the values percent-encoded; as OTEL_EXPORTER_OTLP_HEADERS. */
  readonly headers: Secret | undefined;
}

/**
 * Tries again by itself, within 5 s, what the receiver cannot take for a moment. Throws
 * `invalid_argument` for headers that are none.
 */
export function otlpExporter({ endpoint, headers }: OtlpOptions): SpanExporter {
  const resource = resourceFromAttributes({ 'service.name': 'pilotlight' });
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: headersOf(headers?.reveal() ?? ''),
    timeoutMillis: 5_000,
  });
  return {
    export(spans) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      exporter.export(
        spans.map((span) => readableSpan(span, resource)),
        ({ error }) => (error === undefined ? resolve() : reject(refused(error))),
      );
      return promise;
    },
  };
}

function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (name !== undefined && value !== undefined) return [name, decoded(value)];
      throw notHeaders();
    }),
  );
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Says nothing of the value: it is a secret.
    throw notHeaders();
  }
}

function notHeaders(): PlatformError {
  const message = 'PILOTLIGHT_OTLP_HEADERS must be name=value, separated by commas.';
  return new PlatformError('invalid_argument', message);
}

/** Every failure of the exporter carries its error. */
function refused(cause: Error): PlatformError {
  const message = `The receiver of spans did not take them: ${cause.message}`;
  return new PlatformError('unavailable', message, { cause });
}

const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL } as const;

function readableSpan(span: Span, resource: Resource): ReadableSpan {
  const { error, parentSpanId, traceId } = span;
  const context = contextOf(span);
  return {
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => context,
    ...(parentSpanId && { parentSpanContext: contextOf({ traceId, spanId: parentSpanId }) }),
    startTime: hrTime(span.start),
    endTime: hrTime(span.end),
    duration: hrTime(span.end - span.start),
    status:
      error === undefined
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: error },
    attributes: span.attributes,
    links: span.links.map((link) => ({ context: contextOf(link) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'pilotlight' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function contextOf({ traceId, spanId }: SpanRef) {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

/** Seconds and nanoseconds. */
function hrTime(at: Micros): HrTime {
  return [Math.floor(at / 1_000_000), (at % 1_000_000) * 1_000];
}
