import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSettings, type Settings } from './config/settings.ts';
import { sharedState } from './shared-state.ts';
import { type IngestServer, startIngestServer } from './testing/ingest-server.ts';
import { wrapHandler } from './wrap.ts';

const streaming = Symbol.for('aws.lambda.runtime.handler.streaming');
const context = { awsRequestId: 'req-456', functionName: 'payment-service' };

let server: IngestServer;
beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  // Each test is a process that has not been called.
  const state = sharedState();
  delete state.start;
  delete state.outboxes;
  server.received.length = 0;
});

function settingsWith(options: object = {}): Settings {
  const { settings } = readSettings({ apiKey: 'csa_key', endpoint: server.url, ...options }, {});
  if (settings === undefined) throw new Error('off');
  return settings;
}

const wrap = (handler: unknown, options?: object) =>
  wrapHandler(handler as (...parameters: unknown[]) => unknown, settingsWith(options));

test('an async handler: the answer, and a report that was sent before it', async () => {
  const handler = wrap(async (event: { n: number }) => ({ statusCode: 200, body: event.n }));
  expect(await handler({ n: 1 }, context)).toEqual({ statusCode: 200, body: 1 });
  const [record] = server.records();
  expect(record).toMatchObject({
    function_name: 'payment-service',
    request_id: 'req-456',
    cold_start: true,
    runtime_version: process.version,
    invocation_id: expect.any(String),
  });
  expect(Date.now() - Date.parse(String(record?.['timestamp']))).toBeLessThan(60_000);
  for (const name of ['init_duration_ms', 'execution_duration_ms', 'memory_used_mb']) {
    expect(Number.isInteger(record?.[name]), name).toBe(true);
  }
  expect(record).toHaveProperty('module_timings');
});

test('only the first call is a cold start; the others wait for each other', async () => {
  const handler = wrap(async () => 'answer');
  for (let call = 0; call < 101; call++) await handler({}, context);
  expect(server.received.map(({ path }) => path)).toEqual([
    '/api/v1/ingest',
    '/api/v1/ingest/batch',
  ]);
  const records = server.records();
  expect(records.filter((record) => record['cold_start'])).toHaveLength(1);
  expect(new Set(records.map((record) => record['invocation_id'])).size).toBe(101);
  expect(records[1]).not.toHaveProperty('init_duration_ms');
  expect(records[1]).not.toHaveProperty('module_timings');
});

test('a callback handler answers through the callback, with the context of the runtime', async () => {
  const its = { ...context, callbackWaitsForEmptyEventLoop: true };
  const handler = wrap(
    (_event: unknown, given: typeof its, callback: (...a: unknown[]) => void) => {
      given.callbackWaitsForEmptyEventLoop = false;
      setImmediate(() => callback(null, 'answer'));
    },
  );
  const outcome = await new Promise((resolve) => {
    expect(handler({}, its, (...results: unknown[]) => resolve(results))).toBeUndefined();
  });
  expect(outcome).toEqual([null, 'answer']);
  expect(its.callbackWaitsForEmptyEventLoop).toBe(false);
  expect(server.records()).toHaveLength(1);
});

test('a callback within the call leaves nothing behind', async () => {
  const handler = wrap((_event: unknown, _context: unknown, callback: () => void) => callback());
  for (let call = 0; call < 10; call++) handler({}, context, () => undefined);
  expect(sharedState().unanswered?.size ?? 0).toBe(0);
  await server.requests(1);
});

test('the older ways to answer by the context are seen, too', async () => {
  const outcome = await new Promise((resolve) => {
    const its = { ...context, succeed: resolve };
    wrap((_event: unknown, given: typeof its) => given.succeed('answer'))({}, its, () => undefined);
  });
  expect(outcome).toBe('answer');
  expect(server.records()).toHaveLength(1);
});

test('a synchronous answer stays one, and its report follows', async () => {
  expect(wrap(() => 42)({}, context)).toBe(42);
  await server.requests(1);
});

test.each(['synchronous', 'asynchronous', 'by callback'])(
  'an error (%s) comes through unchanged, and is reported',
  async (how) => {
    const error = Object.freeze(new TypeError('mine'));
    const handlers: Record<string, unknown> = {
      synchronous: () => {
        throw error;
      },
      asynchronous: async () => {
        throw error;
      },
      'by callback': (_event: unknown, _context: unknown, callback: (e: unknown) => void) =>
        callback(error),
    };
    const thrown = await new Promise((resolve, reject) => {
      try {
        void Promise.resolve(wrap(handlers[how])({}, context, resolve)).catch(resolve);
      } catch (caught) {
        resolve(caught);
      }
      setTimeout(reject, 5000).unref();
    });
    expect(thrown).toBe(error);
    await server.requests(1);
  },
);

/** What Lambda's runtime offers as `awslambda.streamifyResponse`. */
function streamifyResponse(handler: unknown): (...parameters: unknown[]) => unknown {
  (handler as Record<symbol, unknown>)[streaming] = 'response';
  return handler as (...parameters: unknown[]) => unknown;
}

test.each(['analyze(streamifyResponse(h))', 'streamifyResponse(analyze(h))'])(
  '%s streams',
  async (how) => {
    const plain = async (event: string, stream: PassThrough, given: unknown) => {
      expect(given).toBe(context);
      stream.end(event);
    };
    const handler = how.startsWith('analyze')
      ? wrap(streamifyResponse(plain))
      : streamifyResponse(wrap(plain));
    expect((handler as unknown as Record<symbol, unknown>)[streaming]).toBe('response');
    const stream = new PassThrough();
    await handler('answer', stream, context);
    expect(stream.read().toString()).toBe('answer');
    expect(server.records()).toMatchObject([{ request_id: 'req-456' }]);
  },
);

test('the wrapper has the name, the number of parameters, the members and the this of the handler', async () => {
  const named = Object.assign(
    async function payment(this: unknown, _event: unknown, _context: unknown) {
      return this;
    },
    { use: 'middleware' },
  );
  const wrapper = wrap(named);
  expect([wrapper.name, wrapper.length]).toEqual(['payment', 2]);
  expect(wrapper.constructor.name).toBe('AsyncFunction');
  expect(wrap(() => 1).constructor.name).toBe('Function');
  expect(wrapper).toHaveProperty('use', 'middleware');
  const owner = {};
  expect(await wrapper.call(owner, {}, context)).toBe(owner);
  expect(wrap(wrapper)).toBe(wrapper);
});

test('a frozen handler is wrapped, and can be marked afterwards', async () => {
  const handler = streamifyResponse(wrap(Object.freeze(async () => 'answer')));
  expect(await handler({}, new PassThrough(), context)).toBe('answer');
});

const hostile: object = new Proxy(
  {},
  {
    get: (_target, name) => {
      throw new Error(`get ${String(name)}`);
    },
    set: () => {
      throw new Error('set');
    },
  },
);

test.each([
  ['a context whose members throw', hostile],
  ['a frozen context', Object.freeze({ ...context, done: () => undefined })],
  ['no context', undefined],
  ['null', null],
  [
    'members of wrong types',
    { awsRequestId: {}, functionName: 7, getRemainingTimeInMillis: 'soon' },
  ],
])('%s: the function does not notice', async (_name, strange) => {
  expect(await wrap(async () => 'answer')(hostile, strange)).toBe('answer');
  expect(server.records()).toHaveLength(1);
});

test('a result that throws when it is looked at is the caller’s', () => {
  expect(wrap(() => hostile)({}, context)).toBe(hostile);
});

test('an answer waits no longer than the timeout for a silent endpoint', async () => {
  const silent = await startIngestServer(() => undefined);
  const begun = performance.now();
  expect(
    await wrap(async () => 'answer', { endpoint: silent.url, timeout: 200 })({}, context),
  ).toBe('answer');
  const tookMs = performance.now() - begun;
  // Not before, because it is the timeout that ends the wait. The endpoint itself never would.
  expect(tookMs).toBeGreaterThanOrEqual(190);
  expect(tookMs).toBeLessThan(4000);
  await silent.stop();
});

test('nor does it take the time that Lambda has left for the call', async () => {
  const handler = wrap(async () => 'answer');
  await handler({}, { ...context, getRemainingTimeInMillis: () => 20 });
  expect(server.records()).toHaveLength(0);
  await handler({}, context);
  expect(server.records()).toMatchObject([{ cold_start: true }, { cold_start: false }]);
});

test('what is not sampled is not reported, cold or warm', async () => {
  const handler = wrap(async () => 'answer', { sampleRate: 0 });
  expect(await handler({}, context)).toBe('answer');
  const always = wrap(async () => 'answer');
  for (let call = 0; call < 100; call++) await always({}, context);
  expect(server.records().filter((record) => record['cold_start'])).toHaveLength(0);
  expect(server.records()).toHaveLength(100);
});
