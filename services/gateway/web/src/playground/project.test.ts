import { describe, expect, it } from 'vitest';
import { problemWithPath, projectFrom, splitArgs } from './project.ts';

describe('arguments', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['a b', ['a', 'b']],
    ['a "b c" \'d e\'', ['a', 'b c', 'd e']],
    ['--name="b c"', ['--name=b c']],
    ['"say \\"hi\\"" back\\ slash', ['say "hi"', 'back slash']],
    ['""', ['']],
    ['"open end', ['open end']],
  ])('%j', (text, expected) => expect(splitArgs(text)).toEqual(expected));
});

describe('file names', () => {
  it.each(['main.py', 'greeting/__init__.py', '.env', 'a b.txt'])('%j is one', (path) =>
    expect(problemWithPath(path, [])).toBeUndefined(),
  );

  it.each(['', '../x', '/x', 'a//b', './x', 'a/.', 'taken.py'])('%j is none', (path) =>
    expect(problemWithPath(path, ['taken.py'])).toBeTypeOf('string'),
  );
});

describe('a project that comes from outside', () => {
  const files = [{ path: 'a.py', content: '1' }];

  it('is taken with what it leaves out', () => {
    expect(projectFrom({ language: 'python', files, more: 1 })).toEqual({
      ...{ language: 'python', files, stdin: '', args: '' },
    });
  });

  it.each([
    undefined,
    'text',
    {},
    { language: 'python' },
    { language: 'python', files: [] },
    { language: 'python', files: [{ path: 1, content: '' }] },
    { language: 'python', files, stdin: 1 },
  ])('is refused: %j', (value) => expect(projectFrom(value)).toBeUndefined());
});
