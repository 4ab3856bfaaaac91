import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Headers, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import { unpack } from './unpack.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const here = (...names: string[]) => join(folder.path, ...names);

/** What a program inside may write, whatever it is. */
function archive(...entries: (Partial<Headers> & { readonly name: string })[]) {
  const made = pack();
  for (const entry of entries) made.entry(entry, entry.type ? '' : entry.name);
  made.finalize();
  return made;
}

const unpacked = (source: AsyncIterable<Uint8Array>, target = here('out')) =>
  unpack(source, { root: 'a', target });

describe('an archive of a sandbox', () => {
  it('becomes files and folders with the usual permissions', async () => {
    const long = `a/${'x'.repeat(120)}/${'ñ'.repeat(100)}`;
    const done = await unpacked(
      archive(
        { name: 'a', type: 'directory', mode: 0o500 },
        { name: 'a/run', mode: 0o4711 },
        { name: './a/b/c \n"😀\\' },
        { name: long },
        { name: 'a/empty/', type: 'directory' },
      ),
    );
    expect(done).toMatchObject({ files: 3, skipped: [] });
    expect(readFileSync(here('out/b/c \n"😀\\'), 'utf8')).toBe('./a/b/c \n"😀\\');
    expect(existsSync(here(`out/${long.slice(2)}`))).toBe(true);
    expect(statSync(here('out/run')).mode & 0o7777).toBe(0o755);
    expect(readdirSync(here('out/empty'))).toEqual([]);
  });

  it('may be one file, or a folder without a name of its own', async () => {
    writeFileSync(here('one'), 'what was there before, and longer');
    await unpacked(archive({ name: 'a' }), here('one'));
    expect(readFileSync(here('one'), 'utf8')).toBe('a');
    const bare = archive({ name: './', type: 'directory' }, { name: './b' });
    await unpack(bare, { root: '.', target: here('bare') });
    expect(readdirSync(here('bare'))).toEqual(['b']);
  });

  it('has its links, devices and pipes left out', async () => {
    const links = [
      { name: 'a/soft', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'a/hard', type: 'link', linkname: '/etc/passwd' },
      { name: 'a/device', type: 'character-device' },
      { name: 'a/pipe', type: 'fifo' },
    ] as const;
    const done = await unpacked(archive(...links, { name: 'a/file' }));
    expect(done.skipped).toEqual(links.map(({ name }) => name));
    expect(readdirSync(here('out'))).toEqual(['file']);
  });

  it.each([
    ['a way up', 'a/../../escaped'],
    ['a way up as a whole', '..'],
    ['an absolute path', '/tmp/escaped'],
    ['another root', 'b/escaped'],
    ['the beginning of the root', 'ab'],
    ['an empty part', 'a//b'],
    ['nothing', ''],
  ])('is refused for %s', async (_, name) => {
    const refused = unpacked(archive({ name: 'a/first' }, { name }, { name: 'a/last' }));
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'failed_precondition', message: expect.stringContaining('leads out') },
    });
    expect(readdirSync(here('out'))).toEqual(['first']);
    expect(readdirSync(folder.path)).toEqual(['out']);
  });

  it('does not write through links that are here', async () => {
    mkdirSync(here('elsewhere'));
    writeFileSync(here('elsewhere/file'), 'mine');
    mkdirSync(here('out'));
    symlinkSync(here('elsewhere'), here('out/folder'));
    symlinkSync(here('elsewhere/file'), here('out/file'));
    symlinkSync(here('nowhere'), here('dangling'));
    for (const name of ['a/file', 'a/folder/file', 'a/folder/new']) {
      await expect(unpacked(archive({ name }))).rejects.toThrow(/is a link here already/);
    }
    await expect(unpacked(archive({ name: 'a' }), here('dangling'))).rejects.toThrow(/is a link/);
    await expect(unpacked(archive({ name: 'a/x' }), here('out/folder'))).rejects.toThrow(/a link/);
    expect(readFileSync(here('elsewhere/file'), 'utf8')).toBe('mine');
    expect(readdirSync(here('elsewhere'))).toEqual(['file']);
    expect(existsSync(here('nowhere'))).toBe(false);
  });

  it('does not make a folder of a file, nor a file of a folder', async () => {
    const both = unpacked(archive({ name: 'a/x' }, { name: 'a/x/y' }));
    await expect(both).rejects.toThrow(/something else/);
    const other = archive({ name: 'a/z/y' }, { name: 'a/z' });
    await expect(unpacked(other)).rejects.toThrow(/a folder/);
  });

  it('is refused where it is none, or has a header without end', async () => {
    async function* noise() {
      yield Buffer.alloc(4_096, 7);
    }
    await expect(unpacked(noise())).rejects.toThrow(/What the sandbox sent is refused/);
    async function* endless() {
      const header = await archive({ name: 'a/x', size: 0 })[Symbol.asyncIterator]().next();
      const bytes = Buffer.from(header.value as Buffer);
      // A pax header that says it is 8 GB long, and its checksum.
      bytes.write('x', 156, 'latin1');
      bytes.write('77777777777\0', 124, 'latin1');
      bytes.write('        ', 148, 'latin1');
      const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      yield bytes.subarray(0, 512);
      for (;;) yield Buffer.alloc(65_536);
    }
    await expect(unpacked(endless())).rejects.toThrow(/header without end/);
  });

  it('is refused where it is larger than any workspace', async () => {
    async function* large() {
      const made = pack();
      const sink = made.entry({ name: 'a/x', size: 5 * 1024 ** 3 });
      sink.on('error', () => undefined);
      for await (const piece of made) {
        yield piece;
        break;
      }
    }
    await expect(unpacked(large())).rejects.toThrow(/more than 4 GiB/);
  });

  it('fails with what its source fails with', async () => {
    async function* broken() {
      yield Buffer.alloc(0);
      throw new Error('gone');
    }
    await expect(unpacked(broken())).rejects.toThrow(/gone/);
  });
});
