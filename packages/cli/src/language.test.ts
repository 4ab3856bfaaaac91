import { describe, expect, it } from 'vitest';
import { chooseEntry, languageOf } from './language.ts';

describe('languageOf', () => {
  it.each([
    ['a.py', 'python'],
    ['dir/b.MJS', 'javascript'],
    ['c.sh', 'shell'],
    ['Main.java', 'java'],
    ['main.go', 'go'],
    ['main.cc', 'cpp'],
    ['main.rs', 'rust'],
    ['noext', undefined],
  ])('%s is %s', (file, language) => expect(languageOf(file)).toBe(language));
});

describe('chooseEntry', () => {
  it.each<[string, string[], Parameters<typeof chooseEntry>[1], string, string]>([
    ['the usual name', ['lib/a.py', 'main.py'], {}, 'main.py', 'python'],
    ['of two usual names the first', ['index.js', 'main.js'], {}, 'main.js', 'javascript'],
    ['the name in src that Cargo has', ['src/main.rs', 'src/a.rs'], {}, 'src/main.rs', 'rust'],
    ['what is said', ['a.go', 'main.go'], { entry: 'a.go' }, 'a.go', 'go'],
    [
      'the language that is said',
      ['main.py', 'main.js'],
      { language: 'python' },
      'main.py',
      'python',
    ],
    ['an alias', ['main.py', 'a.txt'], { language: 'py3' }, 'main.py', 'py3'],
    [
      'a variant of a language',
      ['x', 'main.py'],
      { language: 'python-data', entry: 'x' },
      'x',
      'python-data',
    ],
  ])('takes %s', (_, paths, said, entry, language) => {
    expect(chooseEntry(paths, said)).toEqual({ entry, language });
  });

  it.each<[string, string[], Parameters<typeof chooseEntry>[1], RegExp]>([
    ['nothing usual', ['a.py'], {}, /No file has a usual name \(main\.py.*--entry/],
    ['nothing usual of a language', ['a.rs'], { language: 'rust' }, /\(main\.rs, src\/main\.rs\)/],
    ['two languages', ['main.py', 'main.go'], {}, /Each of main\.py, main\.go could be run/],
    ['an entry that is not there', ['a.py'], { entry: 'b.py' }, /no b\.py among the files/],
    ['an entry that says nothing', ['a'], { entry: 'a' }, /Name it with --language/],
  ])('refuses %s', (_, paths, said, words) => {
    expect(() => chooseEntry(paths, said)).toThrow(words);
  });
});
