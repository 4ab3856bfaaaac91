import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSources } from './source-files.ts';
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const at = (...parts: string[]) => join(folder.path, ...parts);

function write(path: string, content: string | Uint8Array = path): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

async function pathsOf(...names: string[]): Promise<string[]> {
  const { files } = await readSources(names.map((name) => at(name)));
  return files.map(({ path }) => path);
}

describe('readSources', () => {
  it('makes one folder the workspace, without hidden entries', async () => {
    for (const path of ['p/main.py', 'p/lib/a.py', 'p/.git/config', 'p/.env']) write(path);
    expect(await pathsOf('p')).toEqual(['lib/a.py', 'main.py']);
    expect((await readSources([at('p')])).first).toBeUndefined();
  });

  it('keeps where files and folders lie below the folder that they share', async () => {
    for (const path of ['p/src/main.py', 'p/lib/a.py', 'p/lib/b/c.py']) write(path);
    const { files, first } = await readSources([at('p/src/main.py'), at('p/lib')]);
    expect(files.map(({ path }) => path)).toEqual(['src/main.py', 'lib/a.py', 'lib/b/c.py']);
    expect(first).toBe('src/main.py');
    expect(await pathsOf('p/lib/a.py', 'p/lib/b/c.py')).toEqual(['a.py', 'b/c.py']);
    expect(await pathsOf('p/lib/a.py', 'p/lib')).toEqual(['lib/a.py', 'lib/b/c.py']);
  });

  it('reads every byte as it is, and odd names too', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    write('p/zwölf 😀 "x".bin', bytes);
    const { files } = await readSources([at('p')]);
    expect(files.map(({ path }) => path)).toEqual(['zwölf 😀 "x".bin']);
    expect(Buffer.from(files[0]?.content ?? [])).toEqual(bytes);
  });

  it('follows a link to a file below the folder, also where the folder is reached by a link', async () => {
    write('p/real.py', 'content');
    symlinkSync('real.py', at('p/alias.py'));
    symlinkSync(at('p'), at('q'));
    const { files } = await readSources([at('q')]);
    expect(files.map(({ path, content }) => [path, `${content}`])).toEqual([
      ['alias.py', 'content'],
      ['real.py', 'content'],
    ]);
  });

  it.each<[string, () => void, RegExp]>([
    ['a link out of the folder', () => symlinkSync('../secret', at('p/a')), /a links out of/],
    ['an absolute link', () => symlinkSync('/etc/hostname', at('p/a')), /a links out of/],
    ['a link to a sibling of a like name', () => symlinkSync('../p2/x', at('p/a')), /links out of/],
    ['a link to a folder', () => symlinkSync('.', at('p/a')), /links/],
    ['a pipe', () => execFileSync('mkfifo', [at('p/a')]), /neither a file nor a folder/],
    ['a path that is too deep', () => write(`p/${'d/'.repeat(110)}x`), /at most 200 bytes/],
    ['too much', () => write('p/big', Buffer.alloc(1024 * 1024)), /more than 1 MiB together/],
  ])('refuses %s', async (_, arrange, words) => {
    for (const path of ['p/main.py', 'secret', 'p2/x']) write(path);
    arrange();
    const read = readSources([at('p')]);
    await expect(read).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(words),
    });
  });

  it('refuses a thousand files and one, and an empty folder', async () => {
    mkdirSync(at('p'));
    await expect(readSources([at('p')])).rejects.toThrow(/There is no file in/);
    for (let index = 0; index <= 1_000; index += 1) writeFileSync(at('p', `f${index}`), '');
    await expect(readSources([at('p')])).rejects.toThrow(/more than 1000 files/);
  });

  it('says what cannot be read', async () => {
    write('p/main.py');
    symlinkSync('nowhere', at('p/dangling'));
    await expect(readSources([at('missing')])).rejects.toMatchObject({ code: 'not_found' });
    await expect(readSources([at('p')])).rejects.toMatchObject({ code: 'not_found' });
  });
});
