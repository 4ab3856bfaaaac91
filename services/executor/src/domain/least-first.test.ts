import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastFirst } from './least-first.ts';

const lineOf = (users: string, passedOver = 0) =>
  [...users].map((user, index) => ({ user, index, passedOver }));
const order = (waiting: string, held: Readonly<Record<string, number>> = {}) =>
  leastFirst(lineOf(waiting), (user) => held[user] ?? 0)
    .map(({ user }) => user)
    .join('');

describe('who gets the next sandbox', () => {
  it.each([
    ['the oldest of equals', 'abc', {}, 'abc'],
    ['whoever comes alone, before a flood that waited longer', 'fffq', {}, 'qfff'],
    ['whoever has least in use', 'abc', { a: 2, b: 1 }, 'cba'],
    ['whoever has less in use and waiting together', 'aab', { b: 2 }, 'aab'],
  ])('is %s', (_, waiting, held, expected) => {
    expect(order(waiting, held)).toBe(expected);
  });

  it('is whoever was passed over long enough', () => {
    const flood = lineOf('ff', 8);
    const [first] = leastFirst([...flood, ...lineOf('q')], () => 0);
    expect(first).toBe(flood[0]);
  });

  it('keeps the order of each user, and everybody in it', () => {
    const users = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
    const held = fc.record({ a: fc.nat(5), b: fc.nat(5), c: fc.nat(5) });
    fc.assert(
      fc.property(users, held, (some, has) => {
        const ordered = leastFirst(lineOf(some.join('')), (user) => has[user as 'a']);
        for (const user of ['a', 'b', 'c']) {
          const own = ordered.filter((it) => it.user === user).map(({ index }) => index);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
        expect(ordered).toHaveLength(some.length);
      }),
    );
  });
});
