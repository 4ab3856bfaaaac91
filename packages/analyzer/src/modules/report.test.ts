import { expect, test } from 'vitest';
import { type ReportContext, reportOf } from './report.ts';

const versions: Record<string, string> = {
  '/f/node_modules/a': '1.0.0',
  '/f/node_modules/b': '2.0.0',
  '/f/node_modules/b/node_modules/a': '0.9.0',
};
const context: ReportContext = {
  functionFolder: '/f',
  leftOut: (file) => file.startsWith('/runtime/'),
  versionOf: (root) => versions[root],
  isBundle: (file) => file === '/f/dist/out.js',
  usedOf: () => undefined,
};
const module = (id: string, parent: string | undefined, selfMs: number) => ({ id, parent, selfMs });

test('files of one package are one module, without counting what they load of each other twice', () => {
  const { timings, details } = reportOf(
    [
      module('/f/index.js', undefined, 5),
      module('/f/node_modules/a/index.js', '/f/index.js', 10),
      module('/f/node_modules/a/deep.js', '/f/node_modules/a/index.js', 20),
      module('/f/node_modules/b/index.js', '/f/node_modules/a/deep.js', 40),
      module('/f/node_modules/a/back.js', '/f/node_modules/b/index.js', 3),
    ],
    context,
  );
  expect(timings).toEqual({ './index': 78, a: 73, b: 43 });
  expect(details).toEqual([
    {
      module: 'b',
      path: 'node_modules/b/index.js',
      parent: 'a',
      self_ms: 40,
      total_ms: 43,
      version: '2.0.0',
      files: 1,
    },
    {
      module: 'a',
      path: 'node_modules/a/index.js',
      parent: './index',
      self_ms: 33,
      total_ms: 73,
      version: '1.0.0',
      files: 3,
    },
    { module: './index', path: 'index.js', self_ms: 5, total_ms: 78, files: 1 },
  ]);
});

test('what is left out counts nowhere, and what it loaded has the parent above it', () => {
  const { timings, details } = reportOf(
    [
      module('/f/index.js', undefined, 5),
      module('/runtime/main.js', '/f/index.js', 100),
      module('/f/own.js', '/runtime/main.js', 20),
    ],
    context,
  );
  expect(timings).toEqual({ './index': 25, './own': 20 });
  expect(details.map(({ parent }) => parent)).toEqual(['./index', undefined]);
});

test('a second copy of a package has its version in its name', () => {
  const { timings } = reportOf(
    [
      module('/f/node_modules/a/index.js', undefined, 10),
      module('/f/node_modules/b/node_modules/a/index.js', undefined, 20),
      module('/g/node_modules/a/index.js', undefined, 30),
    ],
    context,
  );
  expect(timings).toEqual({ a: 10, 'a@0.9.0': 20, 'a@unknown': 30 });
});

test('a parent is told only where it was timed', () => {
  const { details } = reportOf([module('/f/a.js', '/f/index.js', 2)], context);
  expect(details[0]).not.toHaveProperty('parent');
});

test('parents in a circle do not hang it', () => {
  const { timings } = reportOf(
    [module('/f/a.js', '/f/b.js', 2), module('/f/b.js', '/f/a.js', 3)],
    context,
  );
  expect(timings).toEqual({ './b': 5, './a': 2 });
});

test('only what took over 1 ms is told, at most 500 and the sum of the others', () => {
  const many = Array.from({ length: 600 }, (_, index) => module(`/f/m${index}.js`, undefined, 2));
  const { timings, details } = reportOf([...many, module('/f/quick.js', undefined, 1)], context);
  expect(Object.keys(timings)).toHaveLength(501);
  expect(timings['(other modules)']).toBe(200);
  expect(timings).not.toHaveProperty('./quick');
  expect(details).toHaveLength(500);
});

test('a bundle is one module, and packages beside it are told with their path', () => {
  const { details } = reportOf(
    [
      module('/f/dist/out.js', undefined, 50),
      module('/f/node_modules/b/index.js', '/f/dist/out.js', 20),
    ],
    context,
  );
  expect(details).toMatchObject([
    { module: '(bundle)', path: 'dist/out.js' },
    { module: 'b', path: 'node_modules/b/index.js', parent: '(bundle)' },
  ]);
});
