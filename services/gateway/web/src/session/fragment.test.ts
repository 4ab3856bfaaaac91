import { describe, expect, it } from 'vitest';
import { parseFragment, withoutKey } from './fragment.ts';

describe('the part of a link behind the #', () => {
  it.each([
    ['', {}],
    ['#key=csa_abc', { key: 'csa_abc' }],
    ['#code=1.xyz', { code: '1.xyz' }],
    ['#key=csa_abc&code=1.xyz', { key: 'csa_abc', code: '1.xyz' }],
    ['#key=&other=1', {}],
  ])('%j is read', (hash, expected) => {
    expect(parseFragment(hash)).toEqual(expected);
  });

  it.each([
    ['http://host/#key=csa_abc', 'http://host/'],
    ['http://host/dashboard?x=1#key=csa_abc', 'http://host/dashboard?x=1'],
    ['http://host/#key=csa_abc&code=1.x-_y', 'http://host/#code=1.x-_y'],
    ['http://host/', 'http://host/'],
  ])('%s loses its key alone', (address, expected) => {
    expect(withoutKey(address)).toBe(expected);
  });
});
