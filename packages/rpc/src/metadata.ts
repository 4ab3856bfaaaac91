// The metadata that calls carry: who calls, and of which trace it is a part.
import { timingSafeEqual } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { newTraceparent, type Principal, parseTraceparent } from '@pilotlight/contracts';
import type { Credentials } from './call.ts';

const keyHeader = 'x-api-key';
const actingHeader = 'x-pilotlight-acting-for';

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

/** Who the caller says it is: the key of its own, or a service's token and whom it acts for. */
export function credentialsOf(metadata: Metadata): Credentials {
  const text = (name: string) => {
    const [value] = metadata.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const bearer = /^Bearer (.+)$/i.exec(text('authorization') ?? '')?.[1];
  const secret = text(keyHeader) ?? bearer;
  const actingFor = text(actingHeader);
  return {
    ...(secret !== undefined && { secret }),
    ...(actingFor !== undefined && { actingFor }),
  };
}

export interface CallHeaders {
  readonly token?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly principal?: Principal | undefined;
}

export function callMetadata({ token, traceparent, principal }: CallHeaders): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  if (principal !== undefined) metadata.set(actingHeader, principal.keyHash);
  return metadata;
}
