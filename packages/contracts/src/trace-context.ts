// W3C trace context, as every call and request carries it: read it, and begin one.
import { randomBytes } from 'node:crypto';

const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const sampledFlag = 0x01;

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 hexadecimal digits; undefined where the platform began the trace. */
  readonly parentSpanId: string | undefined;
  /** Whether the caller records its trace; where the platform began it, true says nothing. */
  readonly isSampled: boolean;
}

/** Undefined for what is no valid `traceparent`. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, traceId, spanId, flags] = pattern.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return {
    traceId,
    parentSpanId: spanId === ownSpanIdOf(traceId) ? undefined : spanId,
    isSampled: (Number.parseInt(flags, 16) & sampledFlag) !== 0,
  };
}

/**
 * Begins a trace for a caller that sent none. Its span id is the first half of its trace id, so that
 * readers know that no span of anybody's comes before theirs (another's is that once in 2^64).
 */
export function newTraceparent(): string {
  const traceId = randomBytes(16).toString('hex');
  return `00-${traceId}-${ownSpanIdOf(traceId)}-01`;
}

function ownSpanIdOf(traceId: string): string {
  return traceId.slice(0, 16);
}
