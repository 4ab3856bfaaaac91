// The SDK in processes of its own.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type IngestServer, startIngestServer } from './testing/ingest-server.ts';
import { runNode } from './testing/run-node.ts';

const key = 'csa_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6';
vi.setConfig({ testTimeout: 30_000 });

let server: IngestServer;
beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.received.length = 0;
});

const environment = (more: Record<string, string> = {}) => ({
  COLDSTART_API_KEY: key,
  COLDSTART_ENDPOINT: server.url,
  COLDSTART_FUNCTION_NAME: 'payment-service',
  ...more,
});

test('without an endpoint it is off, with one warning, and the handler is itself', async () => {
  const { stdout, stderr } = await runNode(
    `const handler = async () => 1;
     console.log(analyze(handler) === handler, analyze(handler, { sampleRate: 9 }) === handler);`,
    { COLDSTART_API_KEY: key },
  ).ended;
  expect(stdout).toBe('true true\n');
  expect(stderr).toBe(
    '[@pilotlight/analyzer] no endpoint (COLDSTART_ENDPOINT or endpoint): nothing is reported\n',
  );
});

test('switched off, it says nothing and hooks nothing', async () => {
  const { stdout, stderr } = await runNode(
    `const handler = async () => 1;
     console.log(analyze(handler) === handler, globalThis[Symbol.for('@pilotlight/analyzer')]?.modules);`,
    { COLDSTART_ENABLED: 'false' },
  ).ended;
  expect([stdout, stderr]).toEqual(['true undefined\n', '']);
});

test.each([
  ['down', 'http://127.0.0.1:1'],
  ['unknown', 'http://no-such-host.invalid'],
])(
  'an endpoint that is %s: the answers, one warning without the key, and an end',
  async (_name, endpoint) => {
    const { code, stdout, stderr } = await runNode(
      `const handler = analyze(async (n) => n);
     for (let n = 0; n < 300; n++) console.log(await handler(n));`,
      environment({ COLDSTART_ENDPOINT: endpoint }),
    ).ended;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(Array.from({ length: 300 }, (_, n) => String(n)));
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringContaining('[@pilotlight/analyzer] could not report'),
    ]);
    expect(stderr).not.toContain(key);
  },
);

test('neither fetch nor an HTTP module is loaded before there is something to send', async () => {
  const { stdout } = await runNode(
    `const loaded = () => process.moduleLoadList.filter((it) => /undici|_http_client/.test(it));
     const handler = analyze(async () => loaded().length);
     console.log(await handler({}, {}), loaded().some((it) => /undici/.test(it)), loaded().length > 0);`,
    environment(),
  ).ended;
  expect(stdout).toBe('0 false true\n');
});

test('hours between the end of initialisation and the first call are no initialisation', async () => {
  const running = runNode(
    `const handler = analyze(async () => 1);
     console.log('ready');
     process.stdin.once('data', async () => { await handler({}, {}); process.exit(); });`,
    environment(),
  );
  await running.says('ready');
  const readyAt = performance.now();
  // The wait is of a length that this machine decides, not the clock: as long as another start takes.
  await runNode('', {}).ended;
  const waitedMs = performance.now() - readyAt;
  running.child.stdin?.end('go\n');
  await running.ended;
  const [record] = server.records();
  const began = Date.parse(String(record?.['timestamp']));
  expect(record).toMatchObject({ cold_start: true });
  // Process start + init + wait = first call; all of it is longer than init by at least most of the wait.
  const initMs = Number(record?.['init_duration_ms']);
  expect(initMs).toBeGreaterThan(0);
  expect(began - running.startedAtMs - initMs).toBeGreaterThan(waitedMs * 0.5);
});

test('SIGTERM sends what waits, and ends the process as without the SDK', async () => {
  const running = runNode(
    `const handler = analyze(async () => 1);
     for (let n = 0; n < 3; n++) await handler({}, {});
     setInterval(() => {}, 1000);
     console.log('ready');`,
    environment(),
  );
  await running.says('ready');
  expect(server.records()).toHaveLength(1);
  running.child.kill('SIGTERM');
  expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(server.records()).toHaveLength(3);
});

test.each(['on', 'once'])(
  'with SIGTERM listeners of its own (%s), how a process ends is its own',
  async (on) => {
    const running = runNode(
      `process.${on}('SIGTERM', () => { console.log('draining'); setTimeout(() => process.exit(7), 300); });
     const handler = analyze(async () => 1);
     for (let n = 0; n < 3; n++) await handler({}, {});
     setInterval(() => {}, 1000);
     console.log('ready');`,
      environment(),
    );
    await running.says('ready');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 7, stdout: 'ready\ndraining\n' });
    expect(server.records()).toHaveLength(3);
  },
);

test('a process that ends by itself sends what waits, and is not kept alive', async () => {
  const { code } = await runNode(
    `const handler = analyze(async () => 1);
     for (let n = 0; n < 150; n++) await handler({}, {});`,
    environment(),
  ).ended;
  expect(code).toBe(0);
  expect(server.records()).toHaveLength(150);
  expect(server.received.map(({ body }) => (body['invocations'] as unknown[])?.length)).toEqual([
    undefined,
    100,
    49,
  ]);
});

test('a callback handler that never calls back is reported when the loop is empty', async () => {
  const { code } = await runNode(
    `analyze((event, context, callback) => { setTimeout(() => {}, 30); })({}, {}, () => {});`,
    environment(),
  ).ended;
  expect(code).toBe(0);
  expect(server.records()).toMatchObject([{ cold_start: true }]);
  expect(Number(server.records()[0]?.['execution_duration_ms'])).toBeGreaterThanOrEqual(29);
});

test('a program without a handler reports its start, once', async () => {
  const { stdout } = await runNode(
    `await Promise.all([reportStart(), reportStart()]);
     console.log(Math.round(performance.now()));`,
    environment(),
  ).ended;
  const [record, ...others] = server.records();
  expect(others).toEqual([]);
  expect(record).toMatchObject({
    function_name: 'payment-service',
    cold_start: true,
    execution_duration_ms: 0,
  });
  expect(Number(record?.['init_duration_ms'])).toBeLessThanOrEqual(Number(stdout));
});

test('the key stays out of the warning also where the endpoint repeats it', async () => {
  const { stderr } = await runNode(
    `await analyze(async () => 1, { endpoint: 'http://${key}.invalid' })({}, {});`,
    environment(),
  ).ended;
  expect(stderr).toContain('could not report');
  expect(stderr).not.toContain(key);
});

test.each([
  ['a first call that is not sampled', 'await analyze(async () => 1, { sampleRate: 0 })({}, {})'],
  ['a start that is not sampled', 'await reportStart({ sampleRate: 0 })'],
  ['a handler that is not reported', 'analyze(async () => 1, { enabled: false })'],
])('%s ends the timing of modules', async (_name, call) => {
  const { stdout } = await runNode(
    `import Module from 'node:module';
     const patched = Module._load;
     ${call};
     setTimeout(() => console.log(Module._load === patched));`,
    environment(),
  ).ended;
  expect(stdout).toBe('false\n');
});
