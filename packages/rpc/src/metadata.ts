// The metadata that calls carry: who calls, and of which trace it is a part.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';

const traceparentPattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Tells whether a call carries the token, in a time that says nothing but whether its length fits. */
export function tokenCheck(token: string): (metadata: Metadata) => boolean {
  const wanted = Buffer.from(`Bearer ${token}`);
  return (metadata) => {
    const given = Buffer.from(metadata.get('authorization')[0] ?? '');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  };
}

/** The caller's trace context, or a new one, so that every call is part of a trace. */
export function traceparentOf(metadata: Metadata): string {
  const [given] = metadata.get('traceparent');
  if (typeof given === 'string' && traceparentPattern.test(given)) return given;
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}

export function callMetadata(token?: string, traceparent?: string): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return metadata;
}
