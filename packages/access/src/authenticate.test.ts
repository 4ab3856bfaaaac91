import {
  Entitlements,
  hashOfKey,
  type KeyRole,
  newKey,
  PlatformError,
  type Principal,
} from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { authenticator } from './authenticate.ts';

const key = newKey();
const serviceToken = 'the token of services';

function principal(keyHash: string, role: KeyRole = 'project'): Principal {
  const entitlements = Entitlements.create({});
  return { keyHash, keyId: 'key-1', project: 'blue', userId: '', role, entitlements };
}

function known(...hashes: string[]) {
  const revoked = new AbortController().signal;
  const used: string[] = [];
  const authenticate = authenticator(
    {
      find: (hash) => (hashes.includes(hash) ? { principal: principal(hash), revoked } : undefined),
      noteUse: ({ keyHash }) => used.push(keyHash),
    },
    serviceToken,
  );
  return { authenticate, used };
}

describe('a caller', () => {
  const hash = hashOfKey(key);

  it('is whoever its key is of', () => {
    const { authenticate, used } = known(hash);
    expect(authenticate({ secret: key }).principal.keyHash).toBe(hash);
    expect(used).toEqual([hash]);
  });

  it('is whom it acts for, where it has the token of services', () => {
    const { authenticate, used } = known(hash);
    const found = authenticate({ secret: serviceToken, actingFor: hash });
    expect(found.principal.keyHash).toBe(hash);
    expect(used).toEqual([hash]);
  });

  it('acts for nobody with a key of its own', () => {
    const other = hashOfKey(newKey());
    const { authenticate } = known(hash, other);
    expect(authenticate({ secret: key, actingFor: other }).principal.keyHash).toBe(hash);
  });

  it.each([
    ['nothing', {}],
    ['an empty key', { secret: '' }],
    ['a key that is not known', { secret: newKey() }],
    ['what is no key', { secret: `${key}x` }],
    ['the hash instead of the key', { secret: hash }],
    ['the token of services, for nobody', { secret: serviceToken }],
    [
      'the token of services, for a key that is not known',
      { secret: serviceToken, actingFor: 'x' },
    ],
    ['almost the token of services', { secret: 'the token of serviceS', actingFor: hash }],
    ['a prefix of the token of services', { secret: 'the token', actingFor: hash }],
  ])('is refused with %s, which the refusal does not repeat', (_, credentials) => {
    const { authenticate, used } = known(hash);
    const refusal = refusalOf(() => authenticate(credentials));
    expect(refusal.code).toBe('unauthenticated');
    for (const value of Object.values(credentials).filter((text) => text.length > 3)) {
      expect(refusal.message).not.toContain(value);
    }
    expect(used).toEqual([]);
  });
});

function refusalOf(call: () => unknown): PlatformError {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof PlatformError) return thrown;
  }
  throw new Error('it was let in');
}
