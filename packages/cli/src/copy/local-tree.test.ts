import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import { packed, readTree } from './local-tree.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const here = (...names: string[]) => join(folder.path, ...names);

describe('a local tree', () => {
  it('has folders before their files, and what is hidden; links and pipes are left out', async () => {
    mkdirSync(here('src/sub'), { recursive: true });
    writeFileSync(here('src/.env'), 'A=1');
    writeFileSync(here('src/sub/run'), 'x');
    chmodSync(here('src/sub/run'), 0o755);
    chmodSync(here('src/sub'), 0o500);
    symlinkSync('/etc', here('src/etc'));
    execFileSync('mkfifo', [here('src/pipe')]);
    const tree = await readTree(`${here('src')}/`);
    expect(tree).toMatchObject({ isFolder: true, name: 'src', bytes: 4 });
    const shown = tree.entries.map(({ path, kind, mode }) => `${kind} ${path} ${mode.toString(8)}`);
    expect(shown[0]).toMatch(/^file .env 6\d4$/);
    expect(shown.slice(1)).toEqual(['directory sub 700', 'file sub/run 755']);
    expect(tree.skipped).toEqual([here('src/etc'), here('src/pipe')]);
  });

  it('may be one file, behind a link where that is named', async () => {
    writeFileSync(here('file'), 'content');
    symlinkSync('file', here('link'));
    expect(await readTree(here('link'))).toMatchObject({
      ...{ isFolder: false, name: 'link', bytes: 7 },
      entries: [{ path: 'link', kind: 'file', sizeBytes: 7 }],
    });
  });

  it.each([
    ['nothing', 'missing', /cannot be read.*no such file/],
    ['a device', '/dev/null', /neither a file nor a folder/],
  ])('is refused for %s', async (_, name, words) => {
    await expect(readTree(name.startsWith('/') ? name : here(name))).rejects.toThrow(words);
  });

  it('is refused where it is too large, before anything is read', async () => {
    mkdirSync(here('many'));
    for (let file = 0; file <= 10_000; file += 1) writeFileSync(here('many', String(file)), '');
    await expect(readTree(here('many'))).rejects.toThrow(/more than 10000/);
    writeFileSync(here('large'), '');
    truncateSync(here('large'), 300 * 1024 * 1024);
    await expect(readTree(here('large'))).rejects.toThrow(/more than 256 MiB/);
  });

  it('is packed as it was when it was looked through', async () => {
    writeFileSync(here('file'), 'before');
    const tree = await readTree(here('file'));
    appendFileSync(here('file'), ' and after');
    const grown = await buffer(packed(tree));
    expect(execFileSync('tar', ['-xOf', '-'], { input: grown }).toString()).toBe('before');
    truncateSync(here('file'), 2);
    await expect(buffer(packed(tree))).rejects.toThrow(/became shorter/);
  });
});
