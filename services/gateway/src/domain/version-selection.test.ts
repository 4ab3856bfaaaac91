import { expect, it } from 'vitest';
import { selectVersion } from './version-selection.ts';

const versions = ['3.12.1', '3.11.2', '3.1.0'];

it.each([
  ['', '3.12.1'],
  ['3', '3.12.1'],
  ['3.11', '3.11.2'],
  ['3.1', '3.1.0'],
  ['3.11.2', '3.11.2'],
  ['<3.12', '3.11.2'],
  ['^3.1', '3.12.1'],
  ['4', undefined],
  ['nonsense', undefined],
  ['>'.repeat(100), undefined],
])('"%s" of the versions is %s', (selector, selected) => {
  expect(selectVersion(versions, selector)).toBe(selected);
});

it('any version will do where none is known and none was asked for', () => {
  expect(selectVersion([], '')).toBe('');
  expect(selectVersion([], '3')).toBeUndefined();
});
