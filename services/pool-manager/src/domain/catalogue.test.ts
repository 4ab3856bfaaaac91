import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseTemplateYaml } from '../adapters/parse-template-yaml.ts';
import { readTemplates } from '../adapters/read-templates.ts';
import { readCatalogue } from './catalogue.ts';
import type { TemplateFolder } from './template-folder.ts';

const pool = { min_size: 1, max_size: 2 };
const valid = {
  name: 'ruby',
  description: 'Ruby',
  language: 'ruby',
  aliases: ['rb'],
  image: 'pilotlight/ruby',
  runner: { argv: ['ruby', '/pilotlight/runner.rb'], files: ['runner.rb'] },
  entry: 'main.rb',
  limits: {},
  pool: { embedded: pool, cluster: { min_size: 5, max_size: 9, ttl: 60 } },
};

const filesOf = (texts: Record<string, string>, ...binary: string[]) => ({
  texts: new Map(Object.entries(texts)),
  binary: new Set(binary),
});

function folder(
  changes: object = {},
  name = 'ruby',
  files = filesOf({ 'runner.rb': 'puts 1' }),
): TemplateFolder {
  // Written and read again: places are those of a real file.
  const document = parseTemplateYaml(stringify({ ...valid, name, ...changes }));
  return { folder: name, document, files };
}

const shared = new Map([['init.sh', 'exec "$@"']]);

function read(folders: TemplateFolder[], maxTemplateBytes = 10_000) {
  const options = { profile: 'cluster', maxTemplateBytes } as const;
  return readCatalogue({ folders, missing: [], shared }, options);
}

function problemsOf(...folders: TemplateFolder[]): string[] {
  const result = read(folders);
  return result.ok ? [] : result.problems.map(({ field, problem }) => `${field}: ${problem}`);
}

/** Without places, for rules that are not about them. */
const plainProblemsOf = (...folders: TemplateFolder[]) =>
  problemsOf(...folders).map((problem) => problem.replace(/\/template\.yaml:\d+:\d+/, ''));

describe('readCatalogue', () => {
  it("fills in defaults, reads the runner's files and takes the profile's policy", () => {
    const result = read([folder({ pool: { ...valid.pool, reuse: 'reset' } })]);
    expect(result).toMatchObject({
      ok: true,
      entries: [
        {
          template: {
            name: 'ruby',
            limits: { memory_mb: 256 },
            reuse: 'reset',
            files: [
              { path: '/pilotlight/init.sh', content: 'exec "$@"' },
              { path: '/pilotlight/runner.rb', content: 'puts 1' },
            ],
          },
          policy: { minSize: 5, maxSize: 9, ttl: 60, scaleUpThreshold: 2, targetUtilization: 0.7 },
        },
      ],
    });
    expect(result).not.toHaveProperty('entries.0.template.pool');
  });

  it('takes all files below a folder, and what npm needs, once each', () => {
    const texts = {
      'app/main.rb': '1',
      'app/lib/a.rb': '2',
      'app/package.json': '{}',
      'app/package-lock.json': '{}',
      'other.rb': '3',
      'deps/package.json': '{}',
      'deps/package-lock.json': '{"a":1}',
    };
    const runner = { argv: ['ruby'], files: ['app'] };
    const artefacts = { npm: 'deps' };
    const result = read([folder({ runner, artefacts }, 'ruby', filesOf(texts))]);
    const paths = result.ok ? result.entries[0]?.template.files.map(({ path }) => path) : [];
    expect(paths).toEqual([
      '/pilotlight/init.sh',
      '/pilotlight/app/lib/a.rb',
      '/pilotlight/app/main.rb',
      '/pilotlight/app/package-lock.json',
      '/pilotlight/app/package.json',
      '/pilotlight/deps/package.json',
      '/pilotlight/deps/package-lock.json',
    ]);
  });

  it('takes what several templates share from beside their folders', () => {
    const runner = { argv: ['ruby'], files: ['runner.rb', 'common.sh'] };
    const options = { profile: 'cluster', maxTemplateBytes: 10_000 } as const;
    const all = new Map([...shared, ['common.sh', 'true'], ['runner.rb', 'puts 2']]);
    const result = readCatalogue(
      { folders: [folder({ runner })], missing: [], shared: all },
      options,
    );
    expect(result.ok && result.entries[0]?.template.files.slice(1)).toEqual([
      { path: '/pilotlight/runner.rb', content: 'puts 1' },
      { path: '/pilotlight/common.sh', content: 'true' },
    ]);
  });

  it('names every problem of every file at once, with its line and column', () => {
    const wrong = parseTemplateYaml(
      [
        'name: crystal',
        'description: Ruby',
        'language: ruby',
        'naem: 1',
        'image: 7',
        'runner:',
        '  argv: [ruby]',
        '  files: [runner.rb, lib.rb]',
        'entry: ../main.rb',
        'limits: { memory_mb: 128, min_memory_mb: 200 }',
        'pool:',
        '  embedded: { min_size: 3, max_size: 2 }',
        '  cluster: { min_size: 1, max_size: 2 }',
      ].join('\n'),
    );
    const broken = parseTemplateYaml('name: go\nname: java\nfiles: [a\n');
    const files = filesOf({ 'runner.rb': '' });
    expect(
      problemsOf(
        { folder: 'ruby', document: wrong, files },
        { folder: 'go', document: broken, files },
      ),
    ).toEqual([
      expect.stringContaining('ruby/template.yaml:5:1: image: Invalid type'),
      expect.stringContaining('ruby/template.yaml:4:1: naem: Invalid key'),
      'ruby/template.yaml:1:1: name: must be its folder\'s name, "ruby"',
      'ruby/template.yaml:9:1: entry: must not have empty, "." or ".." parts',
      'ruby/template.yaml:10:27: limits.min_memory_mb: must be at most memory_mb (128)',
      'ruby/template.yaml:8:22: runner.files.1: there is no ruby/lib.rb',
      'ruby/template.yaml:12:15: pool.embedded.min_size: must be at most max_size (2)',
      expect.stringMatching(/^go\/template\.yaml:2:1: is not YAML: .*unique/),
      expect.stringMatching(/^go\/template\.yaml:\d+:\d+: is not YAML/),
    ]);
  });

  it('points at the place where a missing key belongs', () => {
    const document = parseTemplateYaml('name: ruby\nrunner:\n  argv: [a]\n');
    const found = problemsOf({ folder: 'ruby', document, files: filesOf({}) });
    expect(found).toContainEqual(
      expect.stringContaining('ruby/template.yaml:2:1: runner.files: Invalid key'),
    );
    expect(found).toContainEqual(expect.stringContaining('ruby/template.yaml:1:1: image'));
  });

  it.each([
    ['a language without an entry', { entry: undefined }, 'ruby: entry: is missing'],
    ['an application with an entry', { language: undefined }, 'ruby: entry: is for languages only'],
    [
      'an application that compiles',
      { language: undefined, entry: undefined, compile: {} },
      'ruby: compile: is for languages only',
    ],
    ['a language with a probe', { probe: { port: 1 } }, 'ruby: probe: is for applications only'],
    [
      'a folder outside its own',
      { runner: { argv: ['a'], files: ['../python'] } },
      'ruby: runner.files.0: must not have empty, "." or ".." parts',
    ],
    [
      'npm without a lock file',
      { artefacts: { npm: 'deps' } },
      'ruby: artefacts.npm: there is no ruby/deps/package.json',
    ],
    [
      'critical packages that nothing installs',
      { artefacts: { debian: ['ruby-rack'] }, packages: packagesOf({ critical: ['ruby-rails'] }) },
      'ruby: packages.critical.0: "ruby-rails" is not among the artefacts (debian)',
    ],
    [
      'a pattern where packages are installed unasked',
      { packages: packagesOf({ deferred: ['ruby-*'] }) },
      'ruby: packages.deferred.0: "ruby-*" is a pattern',
    ],
  ])('refuses %s', (_, changes, problem) => {
    expect(plainProblemsOf(folder(changes))[0]).toContain(problem);
  });

  it('finds critical packages in package.json', () => {
    const dependencies = JSON.stringify({
      dependencies: { vite: '1' },
      devDependencies: { a: '2' },
    });
    const files = filesOf({
      'runner.rb': '',
      'deps/package.json': dependencies,
      'deps/package-lock.json': '{}',
    });
    const packages = { installer: 'npm', critical: ['vite', 'a', 'react'] };
    expect(
      plainProblemsOf(folder({ artefacts: { npm: 'deps' }, packages }, 'ruby', files)),
    ).toEqual(['ruby: packages.critical.2: "react" is not among the artefacts (npm)']);
  });

  it('refuses files that are no text, and templates that are too large to travel', () => {
    const files = filesOf({ 'app/main.rb': 'x'.repeat(20_000) }, 'app/logo.png');
    const runner = { argv: ['ruby'], files: ['app'] };
    expect(plainProblemsOf(folder({ runner }, 'ruby', files))).toEqual([
      'ruby: runner.files.0: ruby/app/logo.png is not text',
      expect.stringMatching(/^ruby: runner\.files: the template with its files is \d+ bytes/),
    ]);
  });

  it('lets several templates be of one language, of which one has its name', () => {
    const jruby = folder({ aliases: [] }, 'jruby');
    expect(problemsOf(folder(), jruby)).toEqual([]);
    expect(plainProblemsOf(jruby)).toEqual([
      'jruby: language: "ruby" has no default: one of its templates must have that name',
    ]);
  });

  it('refuses a word that means two templates', () => {
    const other = folder({ language: 'jruby', aliases: ['ruby', 'rb'] }, 'jruby');
    expect(plainProblemsOf(folder(), other)).toEqual([
      'jruby: aliases.0: "ruby" already means the template "ruby"',
      'jruby: aliases.1: "rb" already means the template "ruby"',
    ]);
  });

  it('refuses to have no templates at all, or none of a name that was asked for', () => {
    expect(problemsOf()).toEqual(['templates: there is none']);
    const directory = {
      folders: [folder()],
      missing: ['cobol'],
      shared: new Map<string, string>(),
    };
    expect(readCatalogue(directory, { profile: 'embedded', maxTemplateBytes: 9_999 })).toEqual({
      ok: false,
      problems: [
        { field: 'init.sh', problem: 'is missing' },
        { field: 'templates', problem: 'no "cobol"' },
      ],
    });
  });
});

describe('the templates that ship', () => {
  const directory = fileURLToPath(new URL('../../../../templates', import.meta.url));

  it.each(['embedded', 'cluster'] as const)('are accepted, %s', async (profile) => {
    const result = readCatalogue(await readTemplates(directory), {
      profile,
      maxTemplateBytes: 1024 * 1024,
    });
    expect(result).toMatchObject({ ok: true });
    const names = result.ok ? result.entries.map(({ template }) => template.name) : [];
    expect(names).toEqual(expect.arrayContaining(['generic', 'javascript', 'python', 'shell']));
  });

  it('can be read in part', async () => {
    const { folders, missing } = await readTemplates(directory, ['shell', 'cobol']);
    expect(folders.map(({ folder }) => folder)).toEqual(['shell']);
    expect(missing).toEqual(['cobol']);
  });
});

function packagesOf(lists: object): object {
  return { installer: 'debian', ...lists };
}
