import { expect, it } from 'vitest';
import { hashOfKey, isKey, newKey, prefixOfKey } from './api-key.ts';

it('makes keys that are keys, and none of them twice', () => {
  const keys = Array.from({ length: 1_000 }, newKey);
  expect(keys.every(isKey)).toBe(true);
  expect(new Set(keys).size).toBe(1_000);
  expect(new Set(keys.join('').replaceAll('csa_', '')).size).toBe(62);
});

const key = 'csa_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6';

it.each([
  ['is one', key, true],
  ['is empty', '', false],
  ['is too short', key.slice(0, -1), false],
  ['is too long', `${key}a`, false],
  ['has another prefix', key.replace('csa_', 'csb_'), false],
  ['has another character', key.replace('a1', 'a-'), false],
  ['has a line after it', `${key}\n`, false],
])('a text that %s', (_, text, expected) => {
  expect(isKey(text)).toBe(expected);
});

it('hashes with SHA-256, and shows eight characters', () => {
  expect(hashOfKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(prefixOfKey(key)).toBe('csa_a1b2');
});
