import { expect, it } from 'vitest';
import { countPackages } from './npm-packages.ts';

it('counts the packages of a lock file', () => {
  const packages = { '': {}, 'node_modules/a': {}, 'node_modules/a/node_modules/b': {} };
  expect(countPackages(JSON.stringify({ packages }))).toBe(2);
  expect(countPackages('{}')).toBe(0);
});
