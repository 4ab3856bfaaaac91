import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createLeftOut } from './own-files.ts';

const sdk = fileURLToPath(new URL('../../dist', import.meta.url));

test.each([
  ['a file of the runtime', '/var/runtime', '/var/runtime/index.mjs', true],
  ['a package that the runtime brings', '/var/runtime', '/var/runtime/node_modules/a/a.js', false],
  ['a file of the function', '/var/runtime', '/var/task/index.js', false],
  ['a folder that begins with the same letters', '/var/run', '/var/runtime/index.mjs', false],
  ['a runtime around the function', '/var', '/var/task/index.js', false],
  ['no runtime', undefined, '/var/runtime/index.mjs', false],
  ['the SDK', undefined, `${sdk}${sep}index.cjs`, true],
  [
    'a function that is built to a file of the same name',
    undefined,
    '/var/task/dist/index.js',
    false,
  ],
])('%s', (_name, runtimeFolder, file, isLeftOut) => {
  expect(createLeftOut(runtimeFolder, '/var/task')(file)).toBe(isLeftOut);
});
