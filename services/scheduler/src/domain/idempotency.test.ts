import { tokenProblem } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { executionIdOfKey, fingerprint, scopedKey } from './idempotency.ts';

describe('keys', () => {
  it('belong to one user and one use', () => {
    expect(scopedKey('submit', 'a', 'k')).toBe(scopedKey('submit', 'a', 'k'));
    expect(scopedKey('submit', 'a', 'k')).not.toBe(scopedKey('submit', 'b', 'k'));
    expect(scopedKey('submit', 'a', 'k')).not.toBe(scopedKey('acquire', 'a', 'k'));
    expect(scopedKey('submit', 'ab', 'c')).not.toBe(scopedKey('submit', 'a', 'bc'));
  });

  it('give ids that are tokens, whatever users write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (user, key) => {
        expect(tokenProblem('id', executionIdOfKey(user, key))).toBeUndefined();
      }),
    );
  });
});

describe('fingerprint', () => {
  it('tells requests apart by any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(fingerprint(a) === fingerprint(b)).toBe(same);
      }),
    );
  });
});
