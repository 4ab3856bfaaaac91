import { describe, expect, it } from 'vitest';
import { placeOf, readablePath, writablePath } from './place.ts';

describe('placeOf', () => {
  it.each([
    ['sb_n_k_1:a/b', { kind: 'sandbox', sandboxId: 'sb_n_k_1', path: 'a/b' }],
    ['sb_n_k_1:', { kind: 'sandbox', sandboxId: 'sb_n_k_1', path: '' }],
    ['sb_n_k_1:a:b', { kind: 'sandbox', sandboxId: 'sb_n_k_1', path: 'a:b' }],
    ['sb_n_k_1', { kind: 'local', path: 'sb_n_k_1' }],
    ['./sb_n_k_1:a', { kind: 'local', path: './sb_n_k_1:a' }],
    ['C:\\a', { kind: 'local', path: 'C:\\a' }],
    [':a', { kind: 'local', path: ':a' }],
  ])('%s', (text, place) => expect(placeOf(text)).toEqual(place));
});

describe('writablePath', () => {
  it.each([
    ['', '', true],
    ['.', '', true],
    ['/workspace', '', true],
    ['/workspace/', '', true],
    ['a', 'a', false],
    ['a/', 'a', true],
    ['a/.', 'a', true],
    ['a.', 'a.', false],
    ['/workspace/a/../b', 'b', false],
    ['a/../..//workspace/c', 'c', false],
    ['..a', '..a', false],
  ])('%s is %s', (text, path, isFolder) => {
    expect(writablePath(text)).toEqual({ path, isFolder });
  });

  it.each(['/', '/tmp/a', '..', '../a', '/workspacex', 'a/../../b'])('refuses %s', (text) => {
    expect(() => writablePath(text)).toThrow(/only \/workspace/);
  });
});

describe('readablePath', () => {
  it.each([
    ['', '/workspace', '.'],
    ['a', '/workspace', 'a'],
    ['a/b/', '/workspace/a', 'b'],
    ['/', '/', '.'],
    ['/tmp', '/', 'tmp'],
    ['../etc/x', '/etc', 'x'],
    ['-a', '/workspace', '-a'],
  ])('%s is in %s as %s', (text, folder, name) => {
    expect(readablePath(text)).toEqual({ folder, name });
  });
});
