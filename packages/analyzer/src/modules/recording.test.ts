import { expect, test } from 'vitest';
import { program, record, register, run, spin } from './testing/program.ts';

const slow = { timeout: 60_000 };

test('require: inclusive and self time, who loaded whom, files of a package together', slow, () => {
  using it = program({
    'index.cjs': `require('a'); require('./src/own'); require('a'); ${spin(20)}`,
    'src/own.js': `require('../data.json'); ${spin(10)}`,
    'data.json': '{}',
    'node_modules/a/package.json': '{"name":"a","version":"1.2.3"}',
    'node_modules/a/index.js': `require('./deep'); require('@s/b'); ${spin(30)}`,
    'node_modules/a/deep.js': spin(10),
    'node_modules/@s/b/index.js': spin(80),
  });
  const { timings, detail } = record(it, 'index.cjs');
  expect(detail('a')).toMatchObject({
    parent: './index',
    path: 'node_modules/a/index.js',
    version: '1.2.3',
    files: 2,
  });
  expect(detail('@s/b')).toMatchObject({ parent: 'a', files: 1 });
  expect(detail('./src/own')?.parent).toBe('./index');
  const a = detail('a')?.self_ms ?? 0;
  const b = detail('@s/b')?.self_ms ?? 0;
  expect(b).toBeGreaterThanOrEqual(79);
  expect(a).toBeGreaterThanOrEqual(39);
  expect(timings['a']).toBeCloseTo(a + b, 0);
  expect(timings['./index']).toBeGreaterThanOrEqual((timings['a'] ?? 0) + 29);
});

test('import: each body by itself, in both module systems and through import()', slow, () => {
  using it = program({
    'index.mjs': `import './a.mjs'; import 'c'; ${spin(15)} await import('./late.mjs'); ${spin(5)}`,
    'a.mjs': `import './b.mjs'; ${spin(30)}`,
    'b.mjs': spin(60),
    'late.mjs': `import './b.mjs'; ${spin(45)}`,
    'node_modules/c/index.js': `require('./more'); ${spin(10)}`,
    'node_modules/c/more.js': spin(10),
  });
  const { detail } = record(it, 'index.mjs');
  expect(detail('./b')?.parent).toBe('./a');
  expect(detail('./late')?.parent).toBe('./index');
  expect(detail('c')).toMatchObject({ parent: './index', files: 2 });
  for (const [module, ms] of [
    ['./index', 20],
    ['./a', 30],
    ['./b', 60],
    ['./late', 45],
    ['c', 20],
  ] as const) {
    expect(detail(module)?.self_ms, module).toBeGreaterThanOrEqual(ms - 1);
  }
  expect(detail('./a')?.total_ms).toBeGreaterThanOrEqual(89);
});

test('import() in the body of a CommonJS file', slow, () => {
  using it = program({
    'index.cjs': `import('./c.mjs'); ${spin(10)}`,
    'c.mjs': `import './d.mjs'; ${spin(20)}`,
    'd.mjs': spin(40),
  });
  const { detail } = record(it, 'index.cjs');
  expect(detail('./c')?.self_ms).toBeGreaterThanOrEqual(19);
  expect(detail('./d')).toMatchObject({ parent: './c' });
  expect(detail('./d')?.self_ms).toBeGreaterThanOrEqual(39);
});

test('ES modules keep line numbers, names of their own and the end of their source', slow, () => {
  using it = program({
    'index.mjs': `import './shadow.mjs';\nimport './comment.mjs';\nimport './mapped.mjs';\nconsole.log(new Error('here').stack.split('\\n')[1].match(/:\\d+:\\d+/)[0]);`,
    'shadow.mjs': `const Symbol = null, globalThis = 1; export { Symbol, globalThis };`,
    'comment.mjs': 'export const a = 1 // no line break after this',
    'mapped.mjs': 'export const a = 1;\n//# sourceMappingURL=mapped.mjs.map',
  });
  expect(record(it, 'index.mjs')).toMatchObject({ stdout: ':4:13\n', status: 0 });
});

test('what fails to load fails as without the SDK', slow, () => {
  using it = program({
    'index.cjs': `
      const told = [];
      for (const id of ['./missing', './broken', './throws', './data', 'node:nothing']) {
        try { require(id); } catch (error) { told.push([id, error.name, error.code, error.message, error.requireStack?.length]); }
      }
      import('./broken.mjs').catch((error) => told.push([error.name, error.message])).then(() => import('./none.mjs'))
        .catch((error) => told.push([error.code])).then(() => console.log(JSON.stringify(told)));`,
    'broken.js': 'let let = 1;',
    'broken.mjs': 'import { nothing } from "./throws.js";\nimport "./x.mjs"',
    'x.mjs': 'export default ;',
    'throws.js': 'throw Object.assign(new RangeError("on purpose"), { code: "MINE" })',
    'data.json': '{ not json',
  });
  const plain = run(it, 'index.cjs');
  expect(plain.stdout).toContain('on purpose');
  expect(record(it, 'index.cjs').stdout).toBe(plain.stdout);
});

test('circles, the cache, createRequire, mocks and later patches go on working', slow, () => {
  using it = program({
    'index.cjs': `
      const Module = require('node:module');
      const before = Module.prototype.require;
      Module.prototype.require = function (id) { return before.apply(this, arguments); };
      const load = Module._load;
      Module._load = function (id, ...rest) { return id === 'mocked' ? { mock: true } : load.call(this, id, ...rest); };
      const a = require('./a');
      console.log(a.done, a.seen, require('mocked').mock, require.main === module, require.resolve('./a').endsWith('a.js'));
      delete require.cache[require.resolve('./a')];
      console.log(require('./a') !== a, Module.createRequire(__filename)('./b') === require('./b'));
      import('./c.mjs').then((it) => console.log(it.value));`,
    'a.js': 'exports.done = false; exports.seen = require("./b").done; exports.done = true;',
    'b.js': 'exports.done = require("./a").done;',
    'c.mjs':
      'import { d } from "./d.mjs"; export const value = d + 1; export function late() { return 1; }',
    'd.mjs': 'import { late } from "./c.mjs"; export const d = await Promise.resolve(late());',
  });
  expect(record(it, 'index.cjs').stdout).toBe(
    'false false true true true\ntrue true\n2\n'.replace('false', 'true'),
  );
});

test('a worker thread loads and ends as ever', slow, () => {
  using it = program({
    'index.mjs': `
      import { Worker } from 'node:worker_threads';
      new Worker(new URL('./worker.mjs', import.meta.url)).on('message', console.log);`,
    'worker.mjs': `import { parentPort } from 'node:worker_threads'; import './w.mjs'; parentPort.postMessage('hello');`,
    'w.mjs': spin(5),
  });
  expect(record(it, 'index.mjs')).toMatchObject({ stdout: 'hello\n', status: 0 });
});

test('what is loaded after the first call began is not part of initialisation', slow, () => {
  using it = program({
    'index.cjs': `
      const { watchFirstCall } = require(${JSON.stringify(new URL('./recording.ts', import.meta.url).pathname)});
      require('./early');
      const load = require('node:module')._load;
      watchFirstCall();
      require('./late');
      import('./later.mjs').then(() => console.log(load !== require('node:module')._load));`,
    'early.js': spin(10),
    'late.js': spin(10),
    'later.mjs': spin(10),
  });
  const { timings, stdout } = record(it, 'index.cjs');
  expect(timings).toHaveProperty('./early');
  expect(Object.keys(timings)).not.toContain('./late');
  expect(Object.keys(timings)).not.toContain('./later');
  expect(stdout).toBe('true\n');
});

test('asked to, it tells what the first call did not use', slow, () => {
  using it = program({
    'index.cjs': `
      const { watchFirstCall } = require(${JSON.stringify(new URL('./recording.ts', import.meta.url).pathname)});
      const used = require('./used'), idle = require('./idle'), data = require('./data');
      const watch = watchFirstCall();
      used.call();
      watch.end();`,
    'used.js': `${spin(5)} exports.call = () => 1;`,
    'idle.js': `${spin(5)} exports.call = () => 1; exports.call();`,
    'data.js': `${spin(5)} exports.list = [1, 2];`,
  });
  const { detail } = record(it, 'index.cjs', { COLDSTART_DETECT_UNUSED: 'true' });
  expect([detail('./used')?.used, detail('./idle')?.used]).toEqual([true, false]);
  expect(detail('./data')).not.toHaveProperty('used');
});

test('COLDSTART_PRINT=1 prints the tree to stderr at the end', slow, () => {
  using it = program({
    'index.cjs': `require('./a'); ${spin(20)} console.log('out');`,
    'a.js': spin(20),
  });
  const { stdout, stderr } = run(it, 'index.cjs', [register], { COLDSTART_PRINT: '1' });
  expect(stdout).toBe('out\n');
  expect(stderr).toMatch(/ {2}\.\/index\n.* {4}\.\/a\n/);
});

test(
  'the printed tree is of what is loaded from the register entry on, however late that is',
  slow,
  () => {
    using it = program({
      'index.cjs': `require('./before'); const from = performance.now(); require(${JSON.stringify(register)});
      setImmediate(() => require('./after'));
      process.on('exit', () => console.log(performance.now() - from));`,
      'before.js': spin(1_000),
      'after.js': spin(20),
    });
    const { stdout, stderr } = run(it, 'index.cjs', [], { COLDSTART_PRINT: '1' });
    const printedMs = Number(/modules loaded in (\d+) ms/.exec(stderr)?.[1]);
    expect(printedMs).toBeGreaterThanOrEqual(20);
    expect(printedMs).toBeLessThanOrEqual(Math.ceil(Number(stdout)));
    expect(stderr).toContain('./after');
    expect(stderr).not.toContain('./before');
  },
);
