import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileList } from './file-list.ts';

const found = (...fields: readonly string[]) => fields.map((field) => `${field}\0`).join('');
const folder = found('d', '4096', '1.5', '755', '');

describe('a listing', () => {
  it('is the same in pieces of any size, whatever the names', () => {
    const names = fc.array(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map((text) => {
        return text.toWellFormed().replaceAll('\0', '0');
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 40 }), (paths, size) => {
        const all = Buffer.from(
          folder + paths.map((path) => found('f', '1', '2', '644', path)).join(''),
        );
        const list = new FileList();
        for (let at = 0; at < all.length; at += size) {
          expect(list.push(all.subarray(at, at + size))).toBe(true);
        }
        expect(list.startKind).toBe('directory');
        expect(list.entries.map(({ path }) => path)).toEqual(paths);
        expect(list.sorted().map(({ path }) => path)).toEqual(paths.toSorted());
      }),
    );
  });

  it.each([
    ['f', 'file'],
    ['d', 'directory'],
    ['l', 'link'],
    ['p', 'other'],
    ['c', 'other'],
    ['?', 'other'],
  ])('calls %s a %s', (type, kind) => {
    const list = new FileList();
    list.push(Buffer.from(folder + found(type, '1', '2', '644', 'x')));
    expect(list.entries[0]?.kind).toBe(kind);
  });

  it('makes sense of numbers that make none', () => {
    const list = new FileList();
    list.push(Buffer.from(folder + found('f', '-1', '-1e99', 'rwx', 'x')));
    list.push(Buffer.from(found('f', '9'.repeat(30), '9'.repeat(30), '7777777', 'y')));
    expect(list.entries).toMatchObject([
      { sizeBytes: 0, mode: 0, modifiedAt: new Date(0) },
      { sizeBytes: 0, mode: 0o7777 },
    ]);
    expect(Number.isFinite(list.entries[1]?.modifiedAt?.getTime())).toBe(true);
  });
});
