import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { useLease } from './testing/lease-in-memory.ts';

const under = useLease();

describe('files of a sandbox', () => {
  it('are written with every byte of content and name, and read again', async () => {
    const long = `${'deep/'.repeat(50)}ñ ${'x'.repeat(120)}`;
    const files = [
      { path: 'empty', content: '' },
      { path: 'run.sh', content: 'true', mode: 0o755 },
      { path: 'data', content: randomBytes(700_001) },
      { path: long, content: 'long' },
      { path: ' \n-rf "😀"', content: 'odd' },
    ];
    const bytes = 4 + 700_001 + 4 + 3;
    expect(await under.sandbox.writeFiles(files, { path: 'in' })).toEqual({ files: 5, bytes });
    for (const { path, content } of files) {
      expect((await under.sandbox.readFile(`in/${path}`)).equals(Buffer.from(content))).toBe(true);
    }
    const written = under.platform.leased.get(under.sandbox.id)?.files;
    expect(written?.get('in/run.sh')?.mode).toBe(0o755);
    expect(written?.get('in/empty')?.mode).toBe(0o644);
  });

  it('are written from an archive as it comes', async () => {
    const archive = pack();
    archive.entry({ name: 'from-archive' }, 'content');
    archive.finalize();
    expect(await under.sandbox.writeFiles(archive)).toEqual({ files: 1, bytes: 7 });
    expect(await buffer(under.sandbox.openFile('from-archive'))).toEqual(Buffer.from('content'));
  });

  it('are refused where a name holds what no archive can', async () => {
    const refused = under.sandbox.writeFiles([{ path: 'a\0b', content: '' }]);
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'invalid_argument', message: 'files[0].path: must not contain NUL' },
    });
  });

  it('fail where the archive fails', async () => {
    async function* broken() {
      yield Buffer.alloc(10);
      throw new Error('the disk is gone');
    }
    await expect(under.sandbox.writeFiles(broken())).rejects.toThrow('the disk is gone');
  });

  it('are listed, flat or with all that is below', async () => {
    await under.sandbox.writeFiles([
      { path: 'listed/a', content: '1' },
      { path: 'listed/b/c', content: '22' },
    ]);
    const names = async (recursive: boolean) => {
      const { entries } = await under.sandbox.listFiles('listed', { recursive });
      return entries.map(({ path, kind, sizeBytes }) => `${kind} ${path} ${sizeBytes}`);
    };
    expect(await names(false)).toEqual(['file a 1', 'directory b 0']);
    expect(await names(true)).toEqual(['file a 1', 'directory b 0', 'file b/c 2']);
  });

  it('say what is not there, as a promise and as a stream', async () => {
    await expect(under.sandbox.readFile('nothing')).rejects.toMatchObject({ code: 'not_found' });
    await expect(buffer(under.sandbox.openFile('nothing'))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
