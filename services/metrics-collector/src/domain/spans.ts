// What a span is, and where its ids come from. All ids are hashes of what the span is about, so that an
// event that comes twice, or is replayed, gives the same span again.
import { createHash } from 'node:crypto';
import { parseTraceparent } from '@pilotlight/contracts';

/** Microseconds since 1970; whole, and exact as a number until the year 2255. */
export type Micros = number;

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One span as OpenTelemetry means it. Ids are hexadecimal. */
export interface Span extends SpanRef {
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** `server`: the platform's side of what a client asked for. */
  readonly kind: 'server' | 'internal';
  readonly start: Micros;
  /** Never before `start`. */
  readonly end: Micros;
  readonly attributes: Attributes;
  /** Undefined where nothing went wrong. */
  readonly error: string | undefined;
  readonly links: readonly SpanRef[];
}

export interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

/** The trace that something belongs to. */
export interface Trace {
  readonly traceId: string;
  /** The client's own span; undefined where there is none. */
  readonly clientSpanId: string | undefined;
  readonly isSampled: boolean;
}

/**
 * The client's trace, which is recorded if the client says that it records it. Without one, the trace is
 * that of `id`, and `ratio` of such traces are recorded, chosen by trace id as OpenTelemetry's consistent
 * sampling does: every collector chooses the same ones.
 */
export function traceOf(traceparent: string, id: string, ratio: number): Trace {
  const context = parseTraceparent(traceparent);
  if (context?.parentSpanId !== undefined) {
    const { traceId, parentSpanId, isSampled } = context;
    return { traceId, clientSpanId: parentSpanId, isSampled };
  }
  const traceId = context?.traceId ?? digest('trace', id).slice(0, 32);
  return { traceId, clientSpanId: undefined, isSampled: isChosen(traceId, ratio) };
}

/** `what` and `id` name a span within its trace. */
export function spanIdOf(what: string, id: string): string {
  return digest(`span ${what}`, id).slice(0, 16);
}

/** Times of messages are whole milliseconds. */
export function microsOf(at: Date): Micros {
  return at.getTime() * 1_000;
}

export function microsOfMs(ms: number): Micros {
  return Math.round(ms * 1_000);
}

/** Without what is empty: messages mean "unset" by that. */
export function attributesOf(
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): Attributes {
  const set = Object.entries(values).filter(([, value]) => value !== '' && value !== undefined);
  return Object.fromEntries(set) as Attributes;
}

interface SpanDraft extends Pick<Span, 'traceId' | 'spanId' | 'name' | 'start' | 'end'> {
  readonly parentSpanId?: string | undefined;
  readonly kind?: Span['kind'];
  readonly attributes?: Attributes;
  readonly error?: string | undefined;
  readonly links?: readonly SpanRef[];
}

/** A clock that went back between two times makes a span of no length, never a negative one. */
export function span(draft: SpanDraft): Span {
  return {
    traceId: draft.traceId,
    spanId: draft.spanId,
    parentSpanId: draft.parentSpanId,
    name: draft.name,
    kind: draft.kind ?? 'internal',
    start: draft.start,
    end: Math.max(draft.start, draft.end),
    attributes: draft.attributes ?? {},
    error: draft.error,
    links: draft.links ?? [],
  };
}

/** The last 56 bits of a trace id against the share that is rejected. */
function isChosen(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-14), 16) >= (1 - ratio) * 2 ** 56;
}

function digest(domain: string, id: string): string {
  return createHash('sha256').update(`pilotlight ${domain} ${id}`).digest('hex');
}
