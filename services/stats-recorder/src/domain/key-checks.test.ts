import { Entitlements } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  keyProblems,
  planProblems,
  projectProblems,
  slugFrom,
  slugProblem,
  userOf,
} from './key-checks.ts';

const fieldsOf = (problems: readonly { readonly field: string }[]) =>
  problems.map(({ field }) => field);

describe('a slug from a name', () => {
  it.each([
    ['Blue', 'blue'],
    ['Ärzte & Co.', 'arzte-co'],
    ['  --x--  ', 'x'],
    [`${'a'.repeat(31)} b`, 'a'.repeat(31)],
    ['日本', ''],
  ])('%j becomes %j', (name, slug) => {
    expect(slugFrom(name)).toBe(slug);
  });

  it('is one, wherever there is anything to make it of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const slug = slugFrom(name);
        if (slug !== '') expect(slugProblem('slug', slug)).toBeUndefined();
        if (/[a-z0-9]/i.test(name)) expect(slug).not.toBe('');
      }),
      { seed: 11 },
    );
  });
});

it.each(['', 'A', 'a_b', 'a.b', 'a:b', 'a b', 'a'.repeat(33), 'a\n', '*'])(
  'refuses the slug %j',
  (slug) => {
    expect(projectProblems({ name: 'Blue', slug })).toMatchObject([{ field: 'slug' }]);
  },
);

it('names everything that is wrong with a project at once', () => {
  expect(fieldsOf(projectProblems({ name: ' ', slug: 'B' }))).toEqual(['name', 'slug']);
  expect(fieldsOf(projectProblems({ name: 'x'.repeat(256), slug: 'b' }))).toEqual(['name']);
  expect(fieldsOf(projectProblems({ name: 'x\0', slug: 'b' }))).toEqual(['name']);
});

describe('a key', () => {
  const key = { project: 'blue', name: '', userId: '', role: 'project' };
  it.each([
    ['speaks for a whole project', {}],
    ['is an admin', { role: 'admin' }],
    ['speaks for the project itself', { userId: 'blue' }],
    ['speaks for a name', { userId: 'ann' }],
    ['speaks for a whole id', { userId: 'blue:ann' }],
  ])('may be one that %s', (_, changes) => {
    expect(keyProblems({ ...key, ...changes })).toEqual([]);
  });

  it.each([
    ['another project', { userId: 'red:ann' }, ['user_id']],
    ['a project that begins alike', { userId: 'blueish:ann' }, ['user_id']],
    ['nobody of its project', { userId: 'blue:' }, ['user_id']],
    ['a name that is too long', { userId: 'x'.repeat(124) }, ['user_id']],
    ['a name that moves the cursor', { userId: 'a\u001b[1A' }, ['user_id']],
    ['everyone and somebody', { role: 'admin', userId: 'ann' }, ['user_id']],
    ['a role that there is not', { role: 'root' }, ['role']],
    [
      'nothing sensible',
      { project: 'B', name: '\n', role: 'root', userId: 'x:y' },
      ['project', 'name', 'role', 'user_id'],
    ],
  ])('is refused for %s', (_, changes, fields) => {
    expect(fieldsOf(keyProblems({ ...key, ...changes }))).toEqual(fields);
  });
});

it.each([
  ['', ''],
  ['blue', 'blue'],
  ['ann', 'blue:ann'],
  ['blue:ann', 'blue:ann'],
])('the user %j of blue is %j', (wanted, user) => {
  expect(userOf('blue', wanted)).toBe(user);
});

describe('a plan', () => {
  const plan = Entitlements.create({ plan: 'gold', priority: 'high' });
  it('may bound nothing, or what can be bounded', () => {
    expect(planProblems(plan)).toEqual([]);
    expect(planProblems({ ...plan, timeout: 30, memoryLimit: 512, requestsPerMinute: 1 })).toEqual(
      [],
    );
  });

  it('is told everything that is wrong with it at once', () => {
    const wrong = {
      ...{ plan: 'Gold', priority: 'urgent', concurrentExecutions: -1, queuedExecutions: 2e9 },
      ...{ requestsPerMinute: 0.5, queriesPerMinute: Number.NaN, timeout: 31, memoryLimit: 63 },
    };
    expect(fieldsOf(planProblems(wrong))).toEqual([
      ...['plan', 'priority', 'concurrent_executions', 'queued_executions'],
      ...['requests_per_minute', 'queries_per_minute', 'timeout', 'memory_limit'],
    ]);
  });
});
