import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeTar } from './tar.ts';

/** Whether some slash leaves at most 155 bytes before it and 100 after it; a short path needs none. */
function isHeldByUstar(path: string): boolean {
  const parts = path.split('/');
  const bytes = (from: number, to?: number) => Buffer.byteLength(parts.slice(from, to).join('/'));
  return bytes(0) <= 100 || parts.some((_, at) => bytes(0, at) <= 155 && bytes(at) <= 100);
}

const part = fc
  .string({ minLength: 1, maxLength: 24, unit: 'grapheme' })
  .map((name) => name.replace(/[/\\\0\n-]/g, '_'))
  .filter((name) => name !== '.' && name !== '..' && Buffer.byteLength(name) <= 100);
const path = fc
  .array(part, { minLength: 1, maxLength: 6 })
  .map((parts) => `top/${parts.join('/')}.file`)
  .filter(isHeldByUstar);
const entry = fc.record({ path, content: fc.uint8Array({ maxLength: 2_000 }) });

const isPrefixFree = (paths: readonly string[]) =>
  new Set(paths).size === paths.length &&
  paths.every((a) => paths.every((b) => !b.startsWith(`${a}/`)));

it('writes archives that tar reads back, byte for byte', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pilotlight-tar-'));
  try {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
        fc.pre(isPrefixFree(entries.map((e) => e.path)));
        const archive = encodeTar(entries, 16).subarray(16);
        const list = execFileSync('tar', ['--quoting-style=literal', '-tf', '-'], {
          input: archive,
        });
        expect(list.toString('utf8').split('\n').filter(Boolean)).toEqual(
          entries.map((e) => e.path),
        );
        execFileSync('tar', ['-xf', '-', '-C', directory], { input: archive });
        for (const { path: name, content } of entries) {
          expect(readFileSync(join(directory, name)).equals(content)).toBe(true);
        }
        rmSync(join(directory, 'top'), { recursive: true, force: true });
      }),
      { numRuns: 25 },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

it.each([
  ['a name of 100 bytes', 'n'.repeat(100)],
  ['folders of 155 bytes', `${'d/'.repeat(77)}d/${'n'.repeat(100)}`],
])('holds %s', (_, name) => {
  const list = execFileSync('tar', ['-tf', '-'], {
    input: encodeTar([{ path: name, content: new Uint8Array() }]),
  });
  expect(list.toString()).toBe(`${name}\n`);
});

it.each([
  ['a name of 101 bytes', 'n'.repeat(101)],
  ['folders of 157 bytes', `${'d/'.repeat(78)}d/${'n'.repeat(100)}`],
])('refuses %s', (_, name) => {
  expect(() => encodeTar([{ path: name, content: new Uint8Array() }])).toThrow(/too long/);
});
