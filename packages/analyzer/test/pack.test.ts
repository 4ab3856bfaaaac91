// The package as a user gets it: packed, and installed by npm into an empty project.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type IngestServer, startIngestServer } from '../src/testing/ingest-server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

let server: IngestServer;
let folder: string;
let project: string;

const cjsExample = (name: string) => `
const { analyze } = require('${name}');

exports.handler = analyze(async (event, context) => {
    // Your Lambda code
    return { statusCode: 200, body: 'OK' };
});
`;

const esmExample = (name: string) => `
import { analyze } from '${name}';

export const handler = analyze(async (event, context) => {
    // Your Lambda code
    return { statusCode: 200, body: 'OK' };
});
`;

const configuredExample = (endpoint: string) => `
const { analyze } = require('@coldstart/analyzer');

exports.handler = analyze(async (event, context) => {
    // Your code
}, {
    apiKey: process.env.COLDSTART_API_KEY,  // Required
    endpoint: '${endpoint}',  // Optional, defaults to production
    enabled: process.env.NODE_ENV === 'production',  // Optional, default true
    sampleRate: 1.0,  // Optional, 1.0 = 100% of invocations
    timeout: 1000,    // Optional, max ms to wait for sending data
});
`;

/** Calls a file's handler as a runtime would, and prints the answer. */
const caller = `
const { pathToFileURL } = require('node:url');
import(pathToFileURL(process.argv[2]).href)
  .then(({ handler }) => handler({}, { awsRequestId: 'req-456' }))
  .then((answer) => console.log(JSON.stringify(answer)));
`;

beforeAll(async () => {
  server = await startIngestServer();
  folder = await mkdtemp(join(tmpdir(), 'analyzer-pack-'));
  project = join(folder, 'project');
  await mkdir(project);
  await run('npm', ['pack', '--pack-destination', folder], { cwd: packageFolder });
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  const files: Record<string, string> = {
    'package.json': JSON.stringify({
      name: 'my-function',
      private: true,
      dependencies: {
        '@pilotlight/analyzer': `file:../${tarball}`,
        '@coldstart/analyzer': `file:../${tarball}`,
      },
    }),
    'call.cjs': caller,
    'example.cjs': cjsExample('@coldstart/analyzer'),
    'example.mjs': esmExample('@coldstart/analyzer'),
    'configured.cjs': configuredExample(server.url),
    'slow.cjs': 'const end = performance.now() + 20; while (performance.now() < end);',
    'loads.cjs': `${cjsExample('@pilotlight/analyzer')}\nrequire('./slow.cjs');`,
    'loads-first.cjs': `require('./slow.cjs');\n${cjsExample('@pilotlight/analyzer')}`,
    'both.mjs': `
      import { analyze } from '@pilotlight/analyzer';
      import { createRequire } from 'node:module';
      const other = createRequire(import.meta.url)('@coldstart/analyzer');
      if (other.analyze === analyze) throw new Error('one copy only: nothing is tested');
      const inner = other.analyze(async () => 'inner');
      export const handler = analyze(async (event, context) => await inner(event, context));`,
    'consumer.mts': `
      import { analyze, reportStart, type AnalyzeOptions } from '@pilotlight/analyzer';
      const options: AnalyzeOptions = { apiKey: 'k', endpoint: 'https://host', sampleRate: 0.5 };
      export const handler = analyze(async (event: { id: string }) => event.id.length, options);
      const answer: Promise<number> = handler({ id: 'a' });
      export const untyped = analyze(async (event, context) => [event.body, context.awsRequestId]);
      export const done: Promise<void> = reportStart();
      // @ts-expect-error
      handler({ id: 5 });
      // @ts-expect-error
      analyze(handler, { sampleRate: 'often' });
      void answer;`,
    'consumer.cts': `
      import analyzer = require('@pilotlight/analyzer');
      import '@pilotlight/analyzer/register';
      export const handler = analyzer.analyze((_event: string, _context: object, callback: (e: null) => void) => callback(null));`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund'], { cwd: project });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  server.received.length = 0;
});

async function call(file: string, nodeOptions: string[] = [], environment = {}) {
  const { stdout, stderr } = await run(process.execPath, [...nodeOptions, 'call.cjs', file], {
    cwd: project,
    env: {
      PATH: process.env['PATH'],
      COLDSTART_API_KEY: 'csa_key',
      COLDSTART_ENDPOINT: server.url,
      ...environment,
    },
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

test('the tarball holds the built files, their types and the README, and is small', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packageFolder,
  });
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, unknown>) as {
    files: { path: string }[];
    size: number;
  }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  expect(paths).toEqual(
    expect.arrayContaining(['README.md', 'dist/index.cjs', 'dist/index.js', 'dist/register.cjs']),
  );
  expect(paths.filter((path) => /\.map$|test|^src/.test(path))).toEqual([]);
  expect(packed?.size).toBeLessThan(60_000);
});

test.each(['example.cjs', 'example.mjs'])(
  'the documented use works as written: %s',
  async (file) => {
    expect(await call(file)).toBe('{"statusCode":200,"body":"OK"}');
    expect(server.records()).toMatchObject([
      { function_name: 'my-function', cold_start: true, request_id: 'req-456' },
    ]);
  },
);

test('the documented options work as written', async () => {
  await call('configured.cjs', [], { COLDSTART_ENDPOINT: 'http://127.0.0.1:1' });
  expect(server.received).toHaveLength(0);
  await call('configured.cjs', [], {
    COLDSTART_ENDPOINT: 'http://127.0.0.1:1',
    NODE_ENV: 'production',
  });
  expect(server.received).toMatchObject([{ headers: { 'x-api-key': 'csa_key' } }]);
});

test('what the handler’s file loads is timed', async () => {
  await call('loads.cjs');
  const [record] = server.records();
  const timings = record?.['module_timings'] as Record<string, number>;
  expect(timings['./slow']).toBeGreaterThan(19);
  expect(record?.['init_duration_ms']).toBeGreaterThan(19);
});

test.each([
  ['--import', '@pilotlight/analyzer/register'],
  ['--require', '@pilotlight/analyzer/register'],
])('with %s, what was loaded before is timed, too', async (option, entry) => {
  await call('loads-first.cjs', [option, entry]);
  const timings = server.records()[0]?.['module_timings'] as Record<string, number>;
  expect(timings['./slow']).toBeGreaterThan(19);
});

test('both builds in one process count one cold start', async () => {
  expect(await call('both.mjs')).toBe('"inner"');
  expect(server.records().filter((record) => record['cold_start'])).toHaveLength(1);
});

test.each([
  ['nodenext', 'nodenext', ['consumer.mts', 'consumer.cts']],
  ['esnext', 'bundler', ['consumer.mts']],
])(
  'the types resolve with module %s and moduleResolution %s',
  async (module, resolution, files) => {
    const options = ['--strict', '--noEmit', '--types', '', '--skipLibCheck', 'false'];
    await run(
      process.execPath,
      [
        tsc,
        ...options,
        '--target',
        'es2022',
        '--module',
        module,
        '--moduleResolution',
        resolution,
        ...files,
      ],
      { cwd: project },
    ).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
  },
);
