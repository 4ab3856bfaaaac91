// Who a call is from: a key that is known, or a service that acts for the holder of one.
import { timingSafeEqual } from 'node:crypto';
import { hashOfKey, isKey, PlatformError, type Principal } from '@pilotlight/contracts';
import type { Authenticate, Authenticated } from '@pilotlight/rpc';

/** Where keys are looked up, and who hears that one was used. */
export interface KnownKeys {
  /** An active key's holder; undefined for any other hash. */
  find(keyHash: string): Authenticated | undefined;
  /** Hears of everyone who is let in, in the path of every call. Must not throw. */
  noteUse?(principal: Principal): void;
}

/**
 * Checks credentials against the keys. The service's token is compared in a time that says nothing but
 * whether its length fits. A key is not compared but looked up by its SHA-256: how long that takes says
 * something of the hash at most, and of whose first bits nobody can make a key that continues them.
 */
export function authenticator(keys: KnownKeys, serviceToken: string): Authenticate {
  return ({ secret, actingFor }) => {
    if (secret === undefined) throw refusal('An API key is needed: x-api-key or a bearer token.');
    const actsFor = actingHash(secret, actingFor, serviceToken);
    const hash = actsFor ?? hashIfKey(secret);
    const found = hash === undefined ? undefined : keys.find(hash);
    if (found === undefined) throw refusal('This API key is not known, or was revoked.');
    keys.noteUse?.(found.principal);
    return actsFor === undefined ? found : { ...found, isActing: true };
  };
}

function actingHash(
  secret: string,
  actingFor: string | undefined,
  serviceToken: string,
): string | undefined {
  return actingFor !== undefined && isSame(secret, serviceToken) ? actingFor : undefined;
}

function hashIfKey(secret: string): string | undefined {
  return isKey(secret) ? hashOfKey(secret) : undefined;
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refusal(message: string): PlatformError {
  return new PlatformError('unauthenticated', message);
}
