import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { expect, test } from 'vitest';
import { withTimedWrappers } from './bundled.ts';
import { program, record, spin } from './testing/program.ts';

/** As esbuild 0.28 writes them, without --minify. */
const esbuild = `var __getOwnPropNames = Object.getOwnPropertyNames;
var __esm = (fn, res) => function __init() {
  return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
};
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
};`;

test('both of esbuild’s functions that call wrappers are changed, and no line moves', () => {
  const changed = withTimedWrappers(esbuild, '/f/out.js');
  expect(changed).toContain('.bundled?.(fn,__getOwnPropNames(fn)[0],"/f/out.js")??fn[');
  expect(changed).toContain('.bundled?.(cb,__getOwnPropNames(cb)[0],"/f/out.js")??cb[');
  expect(changed.split('\n')).toHaveLength(esbuild.split('\n').length);
});

test.each([
  ['a package’s own bundle', esbuild, '/f/node_modules/a/out.js'],
  ['code that is no bundle', 'for (const name of __getOwnPropNames(it)) it[name]();', '/f/a.js'],
])('%s stays as it is', (_name, source, file) => {
  expect(withTimedWrappers(source, file)).toBe(source);
});

test.each([
  ['cjs', 'out.cjs'],
  ['esm', 'out.mjs'],
] as const)(
  'packages inside of a bundle (%s) are timed under their names',
  async (format, name) => {
    using it = program({
      'index.js': `import a from 'a'; import './own.cjs'; console.log(a.value); ${spin(10)}`,
      'own.cjs': spin(15),
      'node_modules/a/index.js': `exports.value = require('./deep').value + require('@s/b'); ${spin(20)}`,
      'node_modules/a/deep.js': `exports.value = 1; ${spin(20)}`,
      'node_modules/@s/b/index.js': `module.exports = 2; ${spin(60)}`,
    });
    mkdirSync(join(it.folder, 'dist'));
    await build({
      cwd: it.folder,
      input: 'index.js',
      platform: 'node',
      output: {
        file: join(it.folder, 'dist', name),
        format,
        generatedCode: { profilerNames: true },
      },
    });
    const { detail, stdout } = record(it, `dist/${name}`);
    expect(stdout).toBe('3\n');
    expect(detail('(bundle)')?.self_ms).toBeGreaterThanOrEqual(9);
    expect(detail('@s/b')?.self_ms).toBeGreaterThanOrEqual(59);
    const a = detail('a');
    // The path is the bundle's: what has one below node_modules is beside the bundle.
    expect(a).toMatchObject({ parent: '(bundle)', path: `dist/${name}`, files: 1 });
    expect(a?.self_ms).toBeGreaterThanOrEqual(39);
    expect(a?.total_ms).toBeGreaterThanOrEqual(99);
    expect(detail('./own')?.self_ms).toBeGreaterThanOrEqual(14);
  },
);
