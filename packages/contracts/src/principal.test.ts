import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Entitlements } from './gen/pilotlight/v1/access.ts';
import {
  isUserOf,
  type KeyRole,
  mayAccess,
  type Principal,
  projectOf,
  requireAdmin,
  userFor,
} from './principal.ts';

function principal(role: KeyRole, userId = '', project = 'blue'): Principal {
  const entitlements = Entitlements.create({});
  return { keyHash: '', keyId: '', project, userId, role, entitlements };
}

describe('the user in whose name a call is made', () => {
  const project = principal('project');
  const ofAnn = principal('project', 'blue:ann');
  it.each([
    ['a project, for nobody in particular', project, '', 'blue'],
    ['a project, for itself', project, 'blue', 'blue'],
    ['a project, for a name', project, 'ann', 'blue:ann'],
    ['a project, for a whole id', project, 'blue:ann', 'blue:ann'],
    ['a user, for nobody in particular', ofAnn, '', 'blue:ann'],
    ['a user, for its own name', ofAnn, 'ann', 'blue:ann'],
    ['a user, for its whole id', ofAnn, 'blue:ann', 'blue:ann'],
    ['an admin, for anybody', principal('admin'), 'red:bob', 'red:bob'],
    ['an admin, for nobody', principal('admin'), '', ''],
  ])('%s', (_, caller, wanted, user) => {
    expect(userFor(caller, wanted)).toBe(user);
  });

  it.each([
    ['a project, for another one', project, 'red:'],
    ["a project, for another one's user", project, 'red:ann'],
    ['a project, for one that begins alike', project, 'blueish:ann'],
    ['a user, for another user', ofAnn, 'bob'],
    ['a user, for its project', ofAnn, 'blue'],
    ['a user, for one that begins alike', ofAnn, 'blue:anna'],
  ])('%s: refused', (_, caller, wanted) => {
    expect(() => userFor(caller, wanted)).toThrow(
      expect.objectContaining({ code: 'permission_denied' }),
    );
  });
});

const slug = fc.stringMatching(/^[a-z0-9-]{1,32}$/);

it('whoever speaks for a user may see what is theirs, and speaks for nobody of another project', () => {
  fc.assert(
    fc.property(slug, slug, fc.string(), (own, other, wanted) => {
      const caller = principal('project', '', own);
      let user: string;
      try {
        user = userFor(caller, wanted);
      } catch {
        return;
      }
      expect(mayAccess(caller, user)).toBe(true);
      expect(projectOf(user)).toBe(own);
      if (other !== own) expect(mayAccess(principal('project', '', other), user)).toBe(false);
    }),
    { seed: 5 },
  );
});

it.each([
  ['blue', true],
  ['blue:', true],
  ['blue:ann', true],
  ['blueish', false],
  ['blueish:ann', false],
  ['red:blue', false],
  ['', false],
])('%j is a user of blue: %s', (userId, expected) => {
  expect(isUserOf('blue', userId)).toBe(expected);
  expect(mayAccess(principal('project'), userId)).toBe(expected);
  expect(mayAccess(principal('project', 'blue:ann'), userId)).toBe(userId === 'blue:ann');
  expect(mayAccess(principal('admin'), userId)).toBe(true);
});

it('only admins are admins', () => {
  expect(() => requireAdmin(principal('admin'))).not.toThrow();
  for (const caller of [principal('project'), undefined]) {
    expect(() => requireAdmin(caller)).toThrow(
      expect.objectContaining({ code: 'permission_denied' }),
    );
  }
});
