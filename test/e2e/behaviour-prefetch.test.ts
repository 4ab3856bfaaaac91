// Packages that come late, and what is fetched ahead when a user does something.
import type { LeasedSandbox } from '@pilotlight/client';
import type { PrefetchOrder, UserAction } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { useTemplates } from './sample-templates.ts';
import { until } from './until.ts';

const pool = (least: number) =>
  `pool: { embedded: { min_size: ${least}, max_size: 4 }, cluster: { min_size: 1, max_size: 3 } }`;
const waits = `runner: { argv: [sh, /pilotlight/runner.sh], files: [runner.sh] }\nlimits: {}`;
/** Not a program to be run once: it waits for commands. */
const runner = 'printf R\nexec cat\n';

const web = `name: web
description: Packages of npm, and a language server that says what it is told.
image: pilotlight/web
toolchains: [node, sh]
${waits}
packages:
  installer: npm
  deferred: [is-odd]
  on_demand: [left-pad, '@types/ms*']
lsp_server: [sh, -c, 'while read -r line; do echo "heard $line"; done']
${pool(1)}
`;

const pages = `name: pages
description: Modules of Debian.
image: pilotlight/pages
toolchains: [python3, sh]
${waits}
env: { PYTHONPATH: /workspace/.packages/usr/lib/python3/dist-packages }
packages:
  installer: debian
  deferred: [python3-itsdangerous]
${pool(0)}
`;

/** With git, or as git notes it. */
const commit = `if command -v git >/dev/null; then
  git init -q . && git -c user.name=ann -c user.email=a@b.org commit -q --allow-empty -m first
else mkdir -p .git/logs && printf '0 1\\tann\\t0\\tfirst\\n' >.git/logs/HEAD; fi`;

describe('fetching ahead', () => {
  const directory = useTemplates(['shell'], {
    web: { 'template.yaml': web, 'runner.sh': runner },
    pages: { 'template.yaml': pages, 'runner.sh': runner },
  });
  const under = usePlatform({
    driver: 'oci',
    templates: ['shell', 'web', 'pages'],
    env: { 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: directory } },
  });
  const acquire = (template: string) => under.client.acquire({ template, userId: 'ann' });
  const state = async (sandbox: LeasedSandbox) => (await sandbox.describe()).deferredPackages;
  const settled = (sandbox: LeasedSandbox) =>
    until('the deferred packages are there or cannot be had', async () => {
      const now = await state(sandbox);
      return now !== 'pending' && now;
    });
  const sh = async (sandbox: LeasedSandbox, script: string) => {
    const { exitCode, stdout, stderr } = await sandbox.exec(['sh', '-c', script]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout;
  };
  const outcomes = (orders: readonly PrefetchOrder[]) =>
    orders.map(({ resource, priority, outcome }) => `${resource} ${priority} ${outcome}`);
  const act = (action: UserAction, sandbox: LeasedSandbox, context: Record<string, string> = {}) =>
    under.client.onAction({
      ...{ action, context, userId: 'ann' },
      ...{ template: sandbox.lease.template, lease: sandbox.lease },
    });
  /** What was kept of a resource, once it is there. */
  const kept = (sandbox: LeasedSandbox, resource: string) =>
    until(`${resource} is fetched`, async () => {
      const read = await sandbox.exec(['cat', `/tmp/.prefetch/${resource}`]);
      return read.exitCode === 0 && { text: read.stdout };
    });

  it('installs npm packages behind the lease, and others on demand', async () => {
    await using sandbox = await acquire('web');
    expect(await settled(sandbox)).toBe('installed');
    expect(await sh(sandbox, `node -p 'require("is-odd")(3)'`)).toBe('true\n');
    expect(await sandbox.installPackages(['left-pad', '@types/ms'])).toEqual([
      '@types/ms',
      'left-pad',
    ]);
    expect(await sh(sandbox, `node -p 'require("left-pad")(7, 3)'`)).toBe('  7\n');
    expect(await sandbox.installPackages(['left-pad', 'is-odd'])).toEqual([]);
    const refusal = await refusalOf(sandbox.installPackages(['left-pad', 'express']));
    expect(refusal).toMatchObject({ code: 'permission_denied' });
    expect(refusal.message).toContain('does not name express');
  });

  it('installs Debian packages where Python finds them', async () => {
    await using sandbox = await acquire('pages');
    expect(await settled(sandbox)).toBe('installed');
    const where = await sh(sandbox, `python3 -c 'import itsdangerous as i; print(i.__file__)'`);
    expect(where).toMatch(/^\/workspace\/\.packages\//);
  });

  it('opens a project: files, packages, history; once for each context', async () => {
    await using sandbox = await acquire('web');
    await sh(sandbox, `mkdir src && echo hello >src/a.ts; ${commit}`);
    const project = { project: 'shop' };
    expect(outcomes(await act('project_open', sandbox, project))).toEqual([
      'project_files high ordered',
      'dependencies high ordered',
      'git_history high ordered',
    ]);
    expect((await kept(sandbox, 'project_files')).text).toMatch(/^6\t[\d.]+\tsrc\/a\.ts$/m);
    expect((await kept(sandbox, 'git_history')).text).toMatch(/\tann\t.*\tfirst$/m);
    expect(await state(sandbox)).toBe('installed');
    expect(outcomes(await act('project_open', sandbox, project))).toEqual([
      'project_files high known',
      'dependencies high known',
      'git_history high known',
    ]);
    expect(outcomes(await act('project_open', sandbox, { project: 'blog' }))[0]).toBe(
      'project_files high ordered',
    );
  });

  it('edits a file: a language server, type definitions, related files', async () => {
    await using sandbox = await acquire('web');
    await settled(sandbox);
    await sh(sandbox, `mkdir -p src node_modules/a && echo 'import "./cart"' >src/shop.ts`);
    await sh(
      sandbox,
      `echo 1 >src/cart.ts && echo 'declare const a: 1' >node_modules/a/index.d.ts`,
    );
    await sh(sandbox, `echo '{"dependencies":{"a":"1"}}' >package.json`);
    await act('file_edit', sandbox, { path: 'src/cart.ts' });
    expect((await kept(sandbox, 'related_files')).text.split('\n').toSorted()).toEqual([
      '',
      'beside\tsrc/shop.ts',
      'names it\tsrc/shop.ts',
    ]);
    expect((await kept(sandbox, 'type_definitions')).text).toContain('node_modules/a/index.d.ts');
    const talk = 'cd /tmp/.prefetch; echo hello >lsp_server.in; head -n 1 lsp_server.out';
    expect(await sh(sandbox, talk)).toBe('heard hello\n');
    const servers = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -o 'ech[o] "heard' | wc -l`;
    const one = await sh(sandbox, servers);
    expect(Number(one)).toBeGreaterThan(0);
    const again = await act('file_edit', sandbox, { path: 'src/shop.ts' });
    expect(outcomes(again)[0]).toBe('lsp_server medium ordered');
    await until('the second edit is through', async () => {
      const { text } = await kept(sandbox, 'related_files');
      return text.includes('beside\tsrc/cart.ts');
    });
    expect(await sh(sandbox, servers)).toBe(one);
    expect(await sh(sandbox, talk.replace('hello', 'again'))).toBe('heard again\n');
  });

  it('starts a build: caches, source maps, fixtures', async () => {
    await using sandbox = await acquire('web');
    const files = ['dist/a.js', 'dist/a.js.map', 'test/fixtures/one.json', 'node_modules/x/y.map'];
    await sh(
      sandbox,
      files.map((f) => `mkdir -p ${f.replace(/\/[^/]*$/, '')}; echo 1 >${f}`).join(';'),
    );
    await act('build_start', sandbox);
    const paths = async (resource: string) =>
      (await kept(sandbox, resource)).text
        .split('\n')
        .map((line) => line.split('\t')[2])
        .filter((path) => path !== undefined)
        .toSorted();
    expect(await paths('build_cache')).toEqual(['dist/a.js', 'dist/a.js.map']);
    expect(await paths('source_maps')).toEqual(['dist/a.js.map']);
    expect(await paths('test_fixtures')).toEqual(['test/fixtures/one.json']);
  });

  it('logs in: settings, recent projects, and one warm sandbox more', async () => {
    const poolOf = async (template: string) =>
      (await under.client.pools()).find((one) => one.template === template);
    const before = (await poolOf('shell'))?.targetSize ?? Number.NaN;
    const orders = await under.client.onAction({
      ...{ action: 'user_login', userId: 'bob', template: 'shell', context: {} },
    });
    expect(outcomes(orders)).toEqual([
      'user_preferences high skipped',
      'recent_projects high skipped',
      'warm_sandbox high ordered',
    ]);
    await until('the pool has grown', async () => {
      const pool = await poolOf('shell');
      return pool !== undefined && pool.targetSize === before + 1 && pool.available >= before + 1;
    });
    await using sandbox = await acquire('web');
    await sh(sandbox, `mkdir a b; echo root=true >.editorconfig; echo {} >b/package.json`);
    await act('user_login', sandbox);
    expect((await kept(sandbox, 'user_preferences')).text).toContain('== .editorconfig\nroot=true');
    expect((await kept(sandbox, 'recent_projects')).text).toMatch(/\tb\/package\.json$/m);
  });

  it('refuses what it does not know', async () => {
    const action = { userId: 'ann', template: 'cobol', action: 'logout' as UserAction };
    const refusal = await refusalOf(under.client.onAction(action));
    expect(refusal.details.map(({ field }) => field)).toEqual(['action', 'template']);
  });
});
