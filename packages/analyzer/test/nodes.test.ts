// The built SDK's module timing on the oldest and the newest Node: their loaders differ in how modules can
// be followed at all.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { nodeProgram } from '../../../examples/lambda/nodes.ts';

const here = fileURLToPath(new URL('..', import.meta.url));
const dist = join(here, 'dist');

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['build.mjs'], {
    cwd: here,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}, 120_000);

const spin = (ms: number) =>
  `{ const end = performance.now() + ${ms}; while (performance.now() < end); }\n`;

const files = {
  'esm/index.mjs': `import './a.mjs'; import 'c'; ${spin(20)} await import('./late.mjs');`,
  'esm/a.mjs': `import './b.mjs'; ${spin(30)}`,
  'esm/b.mjs': `export const here = new Error('x').stack.match(/b\\.mjs:\\d+:\\d+/)[0]; ${spin(90)}`,
  'esm/late.mjs': `import { here } from './b.mjs'; console.log(here); ${spin(50)}`,
  'esm/node_modules/c/index.js': spin(40),
  'esm/node_modules/c/package.json': '{"version":"3.2.1"}',
  'cjs/index.cjs': `require('./a'); try { require('./none'); } catch (error) { console.log(error.code); }`,
  'cjs/a.js': `require('c'); ${spin(30)}`,
  'cjs/node_modules/c/index.js': spin(90),
};

describe.each([18, 20, 22, 24, 26])('Node %i', (major) => {
  let path: string | undefined;
  let missing = '';
  beforeAll(async () => {
    try {
      ({ path } = await nodeProgram(major));
    } catch (error) {
      missing = `no Node ${major} can be had: ${String(error)}`;
      console.warn(missing);
    }
  }, 300_000);

  function tree(context: TestContext, folder: string, main: string, ...preload: string[]) {
    if (path === undefined) return context.skip(missing);
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'nodes-')));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { NODE_OPTIONS: _, ...env } = process.env;
    const { stdout, stderr, status } = spawnSync(path, [...preload, main], {
      cwd: join(root, folder),
      env: { ...env, COLDSTART_PRINT: '1', NODE_NO_WARNINGS: '1' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const self = new Map<string, number>();
    for (const [, ms, module] of stderr.matchAll(/^ +[\d.]+ +([\d.]+) +#+ +(\S+)/gm)) {
      self.set(module ?? '', Number(ms));
    }
    return { stdout, status, stderr, selfMs: (module: string) => self.get(module) ?? 0 };
  }

  test('times what is required', { timeout: 120_000 }, (context) => {
    const it = tree(context, 'cjs', 'index.cjs', '--require', join(dist, 'register.cjs'));
    expect(it).toMatchObject({ stdout: 'MODULE_NOT_FOUND\n', status: 0 });
    expect(it.selfMs('c')).toBeGreaterThanOrEqual(89);
    expect(it.selfMs('./a')).toBeGreaterThanOrEqual(29);
  });

  test('times what is imported, body by body', { timeout: 120_000 }, (context) => {
    const preload = pathToFileURL(join(dist, 'register.js')).href;
    const it = tree(context, 'esm', 'index.mjs', '--import', preload);
    expect(it).toMatchObject({ stdout: 'b.mjs:1:21\n', status: 0 });
    for (const [module, ms] of [
      // A loader thread cannot tell what a body did before it called import().
      ['./index', major < 22 ? 0 : 20],
      ['./a', 30],
      ['./b', 90],
      ['./late', 50],
      ['c', 40],
    ] as const) {
      expect(it.selfMs(module), `${module} in ${it.stderr}`).toBeGreaterThanOrEqual(ms - 1);
    }
    expect(it.stderr).toMatch(/c 3\.2\.1/);
  });
});
