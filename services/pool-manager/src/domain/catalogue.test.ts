import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readTemplates } from '../adapters/read-templates.ts';
import { readCatalogue, type TemplateFolder } from './catalogue.ts';

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

function folder(changes: object = {}, name = 'ruby'): TemplateFolder {
  return {
    folder: name,
    document: { value: { ...valid, ...changes } },
    files: new Map([['runner.rb', 'puts 1']]),
  };
}

const shared = new Map([['init.sh', 'exec "$@"']]);

function problemsOf(...folders: TemplateFolder[]): string[] {
  const result = readCatalogue({ folders, shared }, 'embedded');
  return result.ok ? [] : result.problems.map(({ field, problem }) => `${field}: ${problem}`);
}

describe('readCatalogue', () => {
  it("fills in defaults, reads the runner's files and takes the profile's policy", () => {
    const result = readCatalogue({ folders: [folder()], shared }, 'cluster');
    expect(result).toMatchObject({
      ok: true,
      entries: [
        {
          template: {
            name: 'ruby',
            limits: { memory_mb: 256 },
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

  it('names every problem of every file at once', () => {
    const wrong = folder({
      name: 'crystal',
      entry: '../main.rb',
      runner: { argv: ['ruby'], files: ['runner.rb', 'lib.rb'] },
      pool: { embedded: { min_size: 3, max_size: 2 }, cluster: pool },
    });
    const broken: TemplateFolder = { ...folder({}, 'go'), document: { problem: 'is not YAML' } };
    const unknown = folder({ naem: 1, image: 7 }, 'java');
    expect(problemsOf(wrong, broken, unknown)).toEqual([
      'ruby/template.yaml: name: must be its folder\'s name, "ruby"',
      'ruby/template.yaml: entry: must not have empty, "." or ".." parts',
      'ruby/template.yaml: runner.files.1: there is no ruby/lib.rb',
      'ruby/template.yaml: pool.embedded.min_size: must be at most max_size (2)',
      'go/template.yaml: is not YAML',
      expect.stringContaining('java/template.yaml: image: Invalid type'),
      expect.stringContaining('java/template.yaml: naem: Invalid key'),
    ]);
  });

  it('refuses a word that means two templates', () => {
    const other = folder({ name: 'jruby', language: 'jruby', aliases: ['rb'] }, 'jruby');
    expect(problemsOf(folder(), other)).toEqual([
      'jruby/template.yaml: aliases: "rb" already means the template "ruby"',
    ]);
  });

  it('refuses to have no templates at all', () => {
    expect(problemsOf()).toEqual(['templates: there is none']);
    expect(readCatalogue({ folders: [folder()], shared: new Map() }, 'embedded')).toEqual({
      ok: false,
      problems: [{ field: 'init.sh', problem: 'is missing' }],
    });
  });

  it.each(['embedded', 'cluster'] as const)(
    'accepts the templates that ship, %s',
    async (profile) => {
      const directory = fileURLToPath(new URL('../../../../templates', import.meta.url));
      const result = readCatalogue(await readTemplates(directory), profile);
      expect(result).toMatchObject({ ok: true });
      const names = result.ok ? result.entries.map(({ template }) => template.name) : [];
      expect(names).toEqual(expect.arrayContaining(['generic', 'javascript', 'python']));
    },
  );
});
