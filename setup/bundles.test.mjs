import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentBundle } from '../packages/cli/src/platform/bundle.mjs';
import { ensureBundles } from './bundles.mjs';

describe('the bundles of a checkout', () => {
  let root;
  let said;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pilotlight-bundles-'));
    said = [];
    write('services/tiny/package.json', '{ "type": "module" }');
    write('services/tiny/greeting.txt', 'hello');
    write(
      'services/tiny/src/main.ts',
      `import { readFileSync } from 'node:fs';
import { METHODS } from 'node:http';
import { answer } from '../../../packages/one/src/answer.ts';
const greeting: string = readFileSync(new URL('../greeting.txt', import.meta.url), 'utf8');
console.log(greeting, answer, METHODS.includes('GET'));
if (process.argv[2] === 'later') console.log((await import('./later.ts')).later);
`,
    );
    write('services/tiny/src/later.ts', `export const later = 'later';\n`);
    write('services/tiny/src/main.test.ts', '');
    write('packages/one/src/answer.ts', 'export const answer: number = 41;\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('run, find what is beside their sources, and import the rest when it is wanted', async () => {
    expect(await ensure()).toEqual(['tiny']);
    expect(said).toEqual(['Bundling tiny …']);
    expect(run()).toBe('hello 41 true\n');
    expect(run('later')).toBe('hello 41 true\nlater\n');
  });

  it('are made again when a source has changed, and only then', async () => {
    await ensure();
    expect(await ensure()).toEqual([]);
    write('services/tiny/src/main.test.ts', 'changed');
    expect(await ensure()).toEqual([]);
    write('packages/one/src/answer.ts', 'export const answer: number = 42;\n');
    expect(currentBundle(root, 'tiny')).toBeUndefined();
    expect(await ensure()).toEqual(['tiny']);
    expect(run()).toBe('hello 42 true\n');
    expect(said).toHaveLength(2);
  });

  it('say what is wrong with a source, and leave no stale bundle to run', async () => {
    await ensure();
    write('packages/one/src/answer.ts', 'export const answer = ;\n');
    await expect(ensure()).rejects.toThrow(/cannot be bundled.*answer\.ts/s);
    expect(currentBundle(root, 'tiny')).toBeUndefined();
  });

  it('refuse what import.meta would not answer the same in a bundle', async () => {
    write('packages/one/src/answer.ts', 'export const answer = import.meta.dirname;\n');
    await expect(ensure()).rejects.toThrow(/only url is known in a bundle/);
  });

  const ensure = () => ensureBundles({ say: (line) => said.push(line), root });
  const run = (...args) =>
    execFileSync(process.execPath, [currentBundle(root, 'tiny'), ...args], { encoding: 'utf8' });

  /** By the clock that bundles are dated with: a file system's own may tick slowly. */
  function write(path, text) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    const isChange = said.length > 0;
    const seconds = Date.now() / 1_000 - (isChange ? 0 : 10);
    utimesSync(join(root, path), seconds, seconds);
  }
});
