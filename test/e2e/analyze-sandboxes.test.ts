// ANALYZE=1: programs in sandboxes of the javascript template under the analyzer.
import { describe, expect, it } from 'vitest';
import { useDrivers } from './drivers.ts';
import { usePlatform } from './fixture.ts';

/** Of a clock, so that they take as long on every machine. */
const busy = (ms: number) =>
  `const end = performance.now() + ${ms}; while (performance.now() < end);`;

const programs = {
  CommonJS: {
    'app.js': `require('./quick.js'); require('./lib/slow.js'); console.log('done');`,
    'quick.js': busy(20),
    'lib/slow.js': `require('./inner.js'); ${busy(30)}`,
    'lib/inner.js': busy(150),
  },
  'ES modules': {
    'app.mjs': `import './quick.mjs'; import './lib/slow.mjs'; console.log('done');`,
    'quick.mjs': busy(20),
    'lib/slow.mjs': `import './inner.mjs'; ${busy(30)}`,
    'lib/inner.mjs': busy(150),
  },
};

const filesOf = (program: object) =>
  Object.entries(program).map(([path, content]: [string, string]) => ({ path, content }));

/** Total times, and names as they are indented, of the lines that have a bar of 20 columns. */
function treeOf(stderr: string): { total: number; name: string }[] {
  const lines = stderr.matchAll(/^ +(\d+\.\d) +\d+\.\d {2}[# ]{20} {2}(.+)$/gm);
  return [...lines].map(([, total, name = '']) => ({ total: Number(total), name }));
}

/** A bar has what the modules below it took, as far as two rounded numbers tell. */
function expectTree(stderr: string): void {
  const tree = treeOf(stderr);
  const names = tree.map(({ name }) => name);
  expect(names, stderr).toEqual(['./app', '  ./lib/slow', '    ./lib/inner', '  ./quick']);
  const [app = 0, slow = 0, inner = 0, quick = 0] = tree.map(({ total }) => total);
  expect(inner).toBeGreaterThanOrEqual(150);
  expect(slow).toBeGreaterThanOrEqual(inner + 30 - 0.1);
  expect(quick).toBeGreaterThanOrEqual(20);
  expect(app).toBeGreaterThanOrEqual(slow + quick - 0.2);
}

for (const { name, platform } of await useDrivers(['javascript'])) {
  describe(`programs under the analyzer, ${name}`, () => {
    const under = usePlatform({ ...platform, templates: ['javascript'] });

    it.each(Object.entries(programs))('print who loaded what, in a run: %s', async (_, program) => {
      const run = { language: 'javascript', userId: 'ann', files: filesOf(program) };
      const plain = await under.client.run(run);
      expect(plain).toMatchObject({ status: 'completed', stdout: 'done\n', stderr: '' });
      const other = { path: '.env', content: 'STAGE=test\nANALYZE=10\n' };
      const unasked = await under.client.run({ ...run, files: [...run.files, other] });
      expect(unasked).toMatchObject({ status: 'completed', stdout: 'done\n', stderr: '' });
      const asking = { path: '.env', content: 'STAGE=test\nANALYZE=1\n' };
      const analyzed = await under.client.run({ ...run, files: [...run.files, asking] });
      expect(analyzed).toMatchObject({ status: 'completed', stdout: 'done\n' });
      expectTree(analyzed.stderr);
    });

    it.each(Object.entries(programs))('print it in a lease: %s', async (_, program) => {
      const files = filesOf(program);
      await using sandbox = await under.client.acquire({
        ...{ template: 'javascript', userId: 'ann' },
        files: files.map(({ path, content }) => ({ path, content: Buffer.from(content) })),
      });
      const argv = ['node', files[0]?.path ?? ''];
      expect(await sandbox.exec(argv)).toMatchObject({ exitCode: 0, stdout: 'done\n', stderr: '' });
      const analyzed = await sandbox.exec(argv, { env: { ANALYZE: '1' } });
      expect(analyzed).toMatchObject({ exitCode: 0, stdout: 'done\n' });
      expectTree(analyzed.stderr);
    });

    it('do so for all commands of a lease that asks for it', async () => {
      await using sandbox = await under.client.acquire({
        ...{ template: 'javascript', userId: 'ann', env: { ANALYZE: '1' } },
        files: [{ path: 'app.js', content: Buffer.from(busy(20)) }],
      });
      expect(treeOf((await sandbox.exec(['node', 'app.js'])).stderr)).toMatchObject([
        { name: './app' },
      ]);
      const not = await sandbox.exec(['node', 'app.js'], { env: { ANALYZE: '0' } });
      expect(not).toMatchObject({ exitCode: 0, stderr: '' });
    });

    it('print it where they end badly', async () => {
      const code = `${busy(20)} throw new Error('at the end');`;
      const files = [
        { path: 'app.js', content: code },
        { path: '.env', content: 'ANALYZE=1' },
      ];
      const outcome = await under.client.run({ language: 'javascript', userId: 'ann', files });
      expect(outcome.exitCode).toBe(1);
      expect(outcome.stderr).toMatch(/Error: at the end\n/);
      expect(treeOf(outcome.stderr)).toMatchObject([{ name: './app' }]);
    });

    it('cannot change what is loaded for others', async () => {
      const code = `require('fs').appendFileSync('/pilotlight/analyzer.mjs', 'x');`;
      const outcome = await under.client.run({ language: 'javascript', userId: 'ann', code });
      expect(outcome.exitCode).toBe(1);
      expect(outcome.stderr).toMatch(/EROFS|EACCES/);
    });
  });
}
