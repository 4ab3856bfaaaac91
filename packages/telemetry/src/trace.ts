// W3C trace context, just enough to make it and hand it on. What is traced becomes spans elsewhere.
import { randomBytes } from 'node:crypto';

const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Whether a text is a valid `traceparent` header. */
export function isTraceparent(text: string): boolean {
  return pattern.test(text);
}

/** Starts a trace, sampled. */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}

/** A new span of the same trace; a new trace where the parent is none that is valid. */
export function childOf(parent: string): string {
  const [, trace, flags] = pattern.exec(parent) ?? [];
  if (trace === undefined || flags === undefined) return newTraceparent();
  return `00-${trace}-${randomBytes(8).toString('hex')}-${flags}`;
}
