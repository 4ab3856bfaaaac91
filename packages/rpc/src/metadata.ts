// The metadata that calls carry: who calls, and of which trace it is a part.
import { timingSafeEqual } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { newTraceparent, parseTraceparent } from '@pilotlight/contracts';

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
  const isValid = typeof given === 'string' && parseTraceparent(given) !== undefined;
  return isValid ? given : newTraceparent();
}

export function callMetadata(token?: string, traceparent?: string): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return metadata;
}
