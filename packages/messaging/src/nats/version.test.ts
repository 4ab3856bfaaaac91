import { expect, it } from 'vitest';
import { isSupported, knownHoles, parseServerVersion, type ServerVersion } from './version.ts';

it.each<[string, ServerVersion | undefined]>([
  ['2.9.10', [2, 9, 10]],
  ['v2.12.7-RC.1', [2, 12, 7]],
  ['', undefined],
  ['two', undefined],
])('reads %j as %j', (text, version) => {
  expect(parseServerVersion(text)).toEqual(version);
});

it.each<[ServerVersion, boolean, string | undefined]>([
  [[2, 8, 4], false, '2.12.7'],
  [[2, 9, 10], true, '2.12.7'],
  [[2, 10, 26], true, '2.10.27'],
  [[2, 10, 27], true, undefined],
  [[2, 11, 15], true, '2.11.16'],
  [[2, 11, 16], true, undefined],
  [[2, 12, 6], true, '2.12.7'],
  [[2, 12, 7], true, undefined],
  [[2, 15, 0], true, undefined],
  [[3, 0, 0], true, undefined],
])('%j: supported %s, to be replaced by %s', (version, supported, replacement) => {
  expect(isSupported(version)).toBe(supported);
  const holes = knownHoles(version);
  if (replacement === undefined) expect(holes).toBeUndefined();
  else expect(holes).toContain(`use ${replacement} or later`);
});
