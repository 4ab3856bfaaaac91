// The archive of WriteFiles, attacked: whatever is in it, what passes is regular files and folders by
// names that mean one place each, and reading it takes bounded memory.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { limits, PlatformError, tarEnd, tarHeader, tarPadding } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archive, pax, type RawEntry, rawEntry } from '../testing/tar-archive.ts';
import { TarReader } from './tar-reader.ts';
import { folderProblems, UploadCheck } from './upload.ts';

/** What an archive comes to, given in pieces of so many bytes: contents by path, null for folders. */
function upload(bytes: Uint8Array, pieceBytes = bytes.length): Record<string, string | null> {
  const reader = new TarReader();
  const check = new UploadCheck();
  const found: Record<string, string | null> = Object.create(null);
  let path: string | undefined;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    check.received(piece.length);
    for (const event of reader.push(piece)) {
      if (event.kind === 'entry') {
        const file = check.entry(event.entry);
        path = file?.path;
        if (file !== undefined) found[file.path] = file.kind === 'file' ? '' : null;
      } else if (path !== undefined) found[path] += Buffer.from(event.bytes).toString();
    }
  }
  reader.end();
  return found;
}

const refusal = (bytes: Uint8Array): string => {
  try {
    return `accepted ${JSON.stringify(upload(bytes))}`;
  } catch (thrown) {
    if (!(thrown instanceof PlatformError) || thrown.code !== 'invalid_argument') throw thrown;
    return thrown.message;
  }
};

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes of buffers that something still refers to. */
function heldBytes(): number {
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

describe('an upload', () => {
  it.each<[string, RawEntry[], Record<string, string | null>]>([
    ['a file', [{ name: 'a', content: 'x' }], { a: 'x' }],
    ['an empty file', [{ name: 'a' }], { a: '' }],
    ['a file of one block', [{ name: 'a', content: 'x'.repeat(512) }], { a: 'x'.repeat(512) }],
    ['the folder itself', [{ name: './', typeflag: '5' }, { name: './a' }], { a: '' }],
    ['folders', [{ name: 'd/', typeflag: '5' }, { name: 'd/a' }], { d: null, 'd/a': '' }],
    [
      'a folder after what is in it',
      [{ name: 'd/a' }, { name: 'd', typeflag: '5' }],
      { 'd/a': '', d: null },
    ],
    ['a prefix of ustar', [{ name: 'b', prefix: 'a' }], { 'a/b': '' }],
    ['no prefix in the format of GNU', [{ name: 'b', prefix: 'a', magic: 'ustar  \0' }], { b: '' }],
    ['a typeflag of old', [{ name: 'a', typeflag: '\0' }], { a: '' }],
    [
      'a pax path',
      [{ typeflag: 'x', content: pax({ path: 'ü/€' }) }, { name: 'z' }],
      { 'ü/€': '' },
    ],
    [
      'a GNU long name',
      [{ typeflag: 'L', content: `${'n'.repeat(200)}\0` }, {}],
      { ['n'.repeat(200)]: '' },
    ],
    [
      'a global comment',
      [{ typeflag: 'g', content: pax({ comment: 'c' }) }, { name: 'a' }],
      { a: '' },
    ],
    [
      'odd names',
      [{ name: ' \n\t"*?\\$(x)' }, { name: '-rf' }],
      { ' \n\t"*?\\$(x)': '', '-rf': '' },
    ],
    [
      'a size in binary',
      [{ name: 'a', content: 'x', size: Buffer.from('800000000000000000000001', 'hex') }],
      { a: 'x' },
    ],
    [
      'names of objects',
      [{ name: '__proto__' }, { name: 'constructor/x' }],
      { ['__proto__']: '', 'constructor/x': '' },
    ],
  ])('may hold %s', (_, entries, expected) => {
    const found = upload(archive(...entries));
    expect(Object.entries(found)).toEqual(Object.entries(expected));
  });

  it.each<[string, RawEntry[], string]>([
    ['a hard link', [{ typeflag: '1', linkname: '/etc/shadow' }], 'hard link'],
    ['a symbolic link', [{ typeflag: '2', linkname: '/etc' }], 'symbolic link'],
    ['a character device', [{ typeflag: '3' }], 'device'],
    ['a block device', [{ typeflag: '4' }], 'device'],
    ['a FIFO', [{ typeflag: '6' }], 'FIFO'],
    ['a sparse file of GNU', [{ typeflag: 'S' }], 'sparse'],
    [
      'a sparse file of pax',
      [{ typeflag: 'x', content: pax({ 'GNU.sparse.major': '1' }) }, {}],
      'sparse',
    ],
    ['what nobody knows', [{ typeflag: 'V' }], 'unknown type'],
    ['a contiguous file', [{ typeflag: '7' }], 'unknown type'],
    ['a way up', [{ name: '../a' }], '".."'],
    ['a way up on the way', [{ name: 'a/../../b' }], '".."'],
    ['a way up at the end', [{ name: 'a/..', typeflag: '5' }], '".."'],
    ['the folder above', [{ name: '..', typeflag: '5' }], '".."'],
    ['an absolute path', [{ name: '/etc/passwd' }], 'relative'],
    ['the root', [{ name: '/', typeflag: '5' }, { name: '//a' }], 'relative'],
    ['a way up in a prefix', [{ prefix: '..', name: 'a' }], '".."'],
    [
      'a way up in a pax path',
      [{ typeflag: 'x', content: pax({ path: '../a' }) }, { name: 'good' }],
      '".."',
    ],
    [
      'an absolute pax path',
      [{ typeflag: 'x', content: pax({ path: '/a' }) }, { name: 'good' }],
      'relative',
    ],
    ['NUL in a pax path', [{ typeflag: 'x', content: pax({ path: 'a\0b' }) }, {}], 'NUL'],
    ['a way up in a long name', [{ typeflag: 'L', content: '../a\0' }, { name: 'good' }], '".."'],
    [
      'the later of two pax paths',
      [
        { typeflag: 'x', content: pax({ path: 'a' }) },
        { typeflag: 'x', content: pax({ path: '../a' }) },
        {},
      ],
      '".."',
    ],
    ['a path for all', [{ typeflag: 'g', content: pax({ path: '../a' }) }, {}], 'of all entries'],
    ['a size for all', [{ typeflag: 'g', content: pax({ size: '1' }) }, {}], 'of all entries'],
    ['an empty name', [{ name: '' }], 'empty'],
    ['an empty part', [{ name: 'a//b' }], 'empty'],
    ['a file that ends like a folder', [{ name: 'a/' }], 'empty'],
    ['no UTF-8', [{ name: Buffer.from([0x61, 0xff]) }], 'UTF-8'],
    ['half a surrogate pair', [{ name: Buffer.from([0xed, 0xa0, 0x80]) }], 'UTF-8'],
    [
      'a name that is too long',
      [{ typeflag: 'x', content: pax({ path: 'n'.repeat(256) }) }, {}],
      '255',
    ],
    [
      'a path that is too long',
      [{ typeflag: 'x', content: pax({ path: `${'n/'.repeat(1_024)}n` }) }, {}],
      '2048',
    ],
    ['a file twice', [{ name: 'a' }, { name: 'a' }], 'twice'],
    ['a file twice, once with ./', [{ name: 'a' }, { name: './a' }], 'twice'],
    [
      'a folder twice',
      [
        { name: 'a', typeflag: '5' },
        { name: 'a/', typeflag: '5' },
      ],
      'twice',
    ],
    ['a file where a folder is', [{ name: 'a/b' }, { name: 'a' }], 'folder'],
    ['a file where an empty folder is', [{ name: 'a', typeflag: '5' }, { name: 'a' }], 'twice'],
    ['something below a file', [{ name: 'a' }, { name: 'a/b' }], 'below a file'],
    ['a folder where a file is', [{ name: 'a' }, { name: 'a', typeflag: '5' }], 'twice'],
    ['a folder with content', [{ name: 'a', typeflag: '5', content: 'x' }], 'folder with content'],
    ['a negative size', [{ size: Buffer.alloc(12, 0xff) }], 'negative'],
    [
      'a size beyond all numbers',
      [{ size: Buffer.from(`80${'ff'.repeat(11)}`, 'hex') }],
      'enormous',
    ],
    ['a size beyond the limit', [{ size: '77777777777\0' }], '256 MiB'],
    [
      'a pax size beyond the limit',
      [{ typeflag: 'x', content: pax({ size: '268435457' }) }, {}],
      '256 MiB',
    ],
    ['a pax size that is none', [{ typeflag: 'x', content: pax({ size: '-1' }) }, {}], 'no number'],
    ['a size that is none', [{ size: 'ZZZZ' }], 'number that is none'],
    ['a header without end', [{ typeflag: 'x', size: '77777777777\0' }], 'too large'],
    ['a long name without end', [{ typeflag: 'L', size: '77777777777\0' }], 'too large'],
    ['a broken pax header', [{ typeflag: 'x', content: '99 path=a\n' }, {}], 'broken'],
    ['a pax header of nothing', [{ typeflag: 'x', content: '0 =\n' }, {}], 'broken'],
    ['a header for nothing', [{ typeflag: 'x', content: pax({ path: 'a' }) }], 'after a header'],
    ['an archive of another kind', [{ magic: '' }], 'no tar archive'],
  ])('must not hold %s', (_, entries, problem) => {
    expect(refusal(archive(...entries))).toContain(problem);
  });

  it.each([
    ['gzip', gzipSync(archive({ name: 'a' })), 'compressed (gzip); send it uncompressed'],
    ['text', Buffer.from('hello'.repeat(200)), 'no tar archive'],
    ['zip', Buffer.from('PK\u0003\u0004'.padEnd(600)), 'compressed (zip)'],
    ['nothing', Buffer.alloc(0), 'ends before its end'],
    ['an archive cut off in a header', archive({ name: 'a' }).subarray(0, 300), 'before its end'],
    [
      'an archive cut off in content',
      archive({ content: 'x'.repeat(600) }).subarray(0, 700),
      'before its end',
    ],
    ['an archive without an end', rawEntry({ name: 'a' }), 'before its end'],
    ['half an end', archive({ name: 'a' }).subarray(0, -512), 'before its end'],
    ['two archives', Buffer.concat([archive({ name: 'a' }), archive({ name: 'b' })]), 'goes on'],
    ['a flipped bit', flipped(archive({ name: 'a' })), 'no tar archive'],
  ])('must not be %s', (_, bytes, problem) => {
    expect(refusal(bytes)).toContain(problem);
  });

  it('may be empty, and padded as tar does', () => {
    expect(upload(archive())).toEqual({});
    expect(upload(Buffer.concat([archive({ name: 'a' }), Buffer.alloc(9_216)]))).toEqual({ a: '' });
  });

  it('has at most 10,000 files and folders', () => {
    const entries = (count: number) =>
      Array.from({ length: count }, (_, n) => rawEntry({ name: `f${n}` }));
    expect(Object.keys(upload(archive(...entries(10_000))))).toHaveLength(10_000);
    expect(refusal(archive(...entries(10_001)))).toContain('more than 10000 files and folders');
  });

  it('has at most 50,000 folders, also those that nobody names', () => {
    const entries = Array.from({ length: 100 }, (_, n) => [
      rawEntry({ typeflag: 'x', content: pax({ path: `${n}/${'d/'.repeat(1_000)}f` }) }),
      rawEntry({}),
    ]).flat();
    expect(refusal(archive(...entries))).toContain('more than 50000 folders');
  });

  it('has at most so many bytes, whatever they are: a bomb of headers too', () => {
    const check = new UploadCheck();
    const reader = new TarReader();
    const comment = rawEntry({ typeflag: 'g', content: pax({ comment: 'c'.repeat(60_000) }) });
    const flood = () => {
      for (let sent = 0; sent < 2 * limits.maxUploadBytes; sent += comment.length) {
        check.received(comment.length);
        for (const _ of reader.push(comment));
      }
    };
    const before = heldBytes();
    expect(flood).toThrow('256 MiB');
    // What was sent is twice as much, and would all be held. Freeing what is not may be under way.
    expect(heldBytes() - before).toBeLessThan(limits.maxUploadBytes / 2);
    expect(() => check.received(1)).toThrow('256 MiB');
    expect([...reader.push(comment)]).toEqual([]);
  });

  it('is the same in pieces of any size', () => {
    const bytes = archive(
      { name: 'd/', typeflag: '5' },
      { name: 'd/a', content: 'x'.repeat(1_300) },
      { typeflag: 'x', content: pax({ path: `d/${'ü'.repeat(100)}` }) },
      { name: 'z', content: 'y' },
    );
    const whole = upload(bytes);
    expect(Object.keys(whole)).toHaveLength(3);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_500 }), (pieceBytes) => {
        expect(upload(bytes, pieceBytes)).toEqual(whole);
      }),
    );
  });

  it('never throws anything but a refusal, whatever the bytes', () => {
    const header = rawEntry({ typeflag: 'x', content: pax({ path: 'a', size: '3' }) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(header.length - 1), fc.nat(255)), { maxLength: 8 }),
        (changes) => {
          const bytes = Buffer.from(header);
          for (const [at, value] of changes) bytes[at] = value;
          resum(bytes);
          expect(typeof refusal(Buffer.concat([bytes, archive({ content: 'abc' })]))).toBe(
            'string',
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('reads what is written for it, whatever the names', () => {
    const part = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && text.isWellFormed())
      .filter((text) => Buffer.byteLength(text) <= 255);
    const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(path, fc.string({ unit: 'grapheme', maxLength: 700 }), (name, text) => {
        const content = Buffer.from(text.toWellFormed());
        const modifiedAt = new Date(0);
        const file = { path: name, sizeBytes: content.length, mode: 0o755, modifiedAt };
        const header = tarHeader({ ...file, kind: 'file' });
        const bytes = Buffer.concat([header, content, tarPadding(content.length), tarEnd]);
        expect(Object.entries(upload(bytes))).toEqual([[name, content.toString()]]);
      }),
    );
  });

  it.each(['ustar', 'pax', 'gnu'])('reads what tar writes as %s', (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'pilotlight-tar-'));
    try {
      const long = `${'d'.repeat(90)}/${'e'.repeat(90)}`;
      mkdirSync(join(folder, long), { recursive: true });
      writeFileSync(join(folder, long, 'long'), 'long');
      writeFileSync(join(folder, 'ünï'), 'u');
      const args = ['-C', folder, `--format=${format}`, '-cf', '-', '.'];
      const bytes = execFileSync('tar', args, { maxBuffer: 1 << 26 });
      expect(upload(bytes)).toMatchObject({ [`${long}/long`]: 'long', ünï: 'u' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the folder of an upload', () => {
  it.each(['', 'a', 'a/b', 'a/', 'ü'])('may be %j', (path) => {
    expect(folderProblems(path)).toEqual([]);
  });

  it.each(['/', '/etc', '..', 'a/../..', './a', 'a//b', 'a\0b', 'n'.repeat(256)])(
    'must not be %j',
    (path) => {
      expect(folderProblems(path)).toMatchObject([{ field: 'path' }]);
    },
  );
});

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[0] = (changed[0] ?? 0) ^ 1;
  return changed;
}

/** So that a changed header is read on. */
function resum(bytes: Buffer): void {
  bytes.write(' '.repeat(8), 148, 'latin1');
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
