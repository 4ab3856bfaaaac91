import { expect, it } from 'vitest';
import { pathBelow, platformDirectory } from './platform-path.ts';

it('takes files in folders of its own', () => {
  expect(pathBelow(platformDirectory, '/pilotlight/project/src/a.ts')).toBe('project/src/a.ts');
  expect(pathBelow('/', '/pilotlight/init.sh')).toBe('pilotlight/init.sh');
});

it.each([
  '/pilotlight',
  '/pilotlight/',
  '/pilotlight/a/',
  '/pilotlight/../etc/passwd',
  '/pilotlight/a/../../b',
  '/pilotlight/./a',
  '/pilotlight//a',
  '/pilotlightning/a',
  '/etc/passwd',
  'pilotlight/a',
  '',
])('refuses %j', (path) => {
  expect(() => pathBelow(platformDirectory, path)).toThrow(/not a path below/);
});
