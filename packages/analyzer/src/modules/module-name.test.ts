import { expect, test } from 'vitest';
import { MAX_NAME_LENGTH, pathFrom, placeOf } from './module-name.ts';

test.each([
  ['/var/task/node_modules/lodash/lodash.js', 'lodash', '/var/task/node_modules/lodash'],
  [
    '/var/task/node_modules/@prisma/client/index.js',
    '@prisma/client',
    '/var/task/node_modules/@prisma/client',
  ],
  [
    '/var/task/node_modules/.pnpm/zod@3.1.0/node_modules/zod/lib/index.mjs',
    'zod',
    '/var/task/node_modules/.pnpm/zod@3.1.0/node_modules/zod',
  ],
  [
    '/var/task/.yarn/cache/ms-npm-2.1.3-81ff.zip/node_modules/ms/index.js',
    'ms',
    '/var/task/.yarn/cache/ms-npm-2.1.3-81ff.zip/node_modules/ms',
  ],
  [
    '/opt/nodejs/node_modules/a/node_modules/b/x.js',
    'b',
    '/opt/nodejs/node_modules/a/node_modules/b',
  ],
  ['/var/task/src/db.js', './src/db', undefined],
  ['/var/task/src/types.d/db.mts', './src/types.d/db', undefined],
  ['/var/task/config.json', './config.json', undefined],
  ['/var/shared/db.js', '../shared/db', undefined],
  ['/elsewhere/db.js', '/elsewhere/db', undefined],
  ['node:http2', 'node:http2', undefined],
  ['(other modules)', '(other modules)', undefined],
])('%s is %s', (file, name, packageRoot) => {
  expect(placeOf(file, '/var/task')).toMatchObject({ name, packageRoot });
});

test.each([
  ['C:\\app\\node_modules\\@a\\b\\c.js', '@a/b'],
  ['C:\\app\\src\\db.ts', './src/db'],
  ['D:\\lib\\db.js', 'D:/lib/db'],
])('%s with the separators of Windows is %s', (file, name) => {
  expect(placeOf(file, 'C:\\app').name).toBe(name);
});

test('a name and a path are never longer than the server takes', () => {
  const file = `/var/task/${'x'.repeat(400)}/end.js`;
  const place = placeOf(file, '/var/task');
  expect(place.name.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
  expect(pathFrom('/var/task', file)).toHaveLength(MAX_NAME_LENGTH);
  expect(place.name.startsWith('./x') && place.name.endsWith('/end')).toBe(true);
});
