import { Entitlements, type KeyRole, type Principal } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { scopedTo } from './question-scope.ts';

function principal(role: KeyRole, userId = ''): Principal {
  const entitlements = Entitlements.create({});
  return { keyHash: '', keyId: '', project: 'blue', userId, role, entitlements };
}

const [admin, project, ofAnn] = [
  principal('admin'),
  principal('project'),
  principal('project', 'blue:ann'),
];

it.each([
  ['an admin, of all', admin, ['', ''], ['', '']],
  ['an admin, of anybody', admin, ['red:bob', 'green'], ['red:bob', 'green']],
  ['a project, of all', project, ['', ''], ['', 'blue']],
  ['a project, of itself', project, ['blue', 'blue'], ['blue', 'blue']],
  ['a project, of a name', project, ['ann', ''], ['blue:ann', 'blue']],
  ['a project, of a whole id', project, ['blue:ann', ''], ['blue:ann', 'blue']],
  ['a user, of all', ofAnn, ['', ''], ['blue:ann', 'blue']],
  ['a user, of itself', ofAnn, ['blue:ann', 'blue'], ['blue:ann', 'blue']],
] as const)('%s', (_, caller, [userId, of], [expectedUser, expectedProject]) => {
  const question = { userId, project: of, template: 'python' };
  const expected = { userId: expectedUser, project: expectedProject, template: 'python' };
  expect(scopedTo(caller, question)).toEqual(expected);
});

it.each([
  ['a project, of another', project, '', 'red'],
  ["a project, of another's user", project, 'red:bob', ''],
  ['a project, of one that begins alike', project, 'blueish:bob', ''],
  ['a user, of another', ofAnn, 'bob', ''],
  ['a user, of its whole project', ofAnn, 'blue', ''],
  ['nobody', undefined, '', ''],
])('%s: refused', (_, caller, userId, of) => {
  expect(() => scopedTo(caller, { userId, project: of })).toThrow(
    expect.objectContaining({ code: 'permission_denied' }),
  );
});
