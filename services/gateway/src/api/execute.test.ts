import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  adminKey,
  type GatewayRig,
  gatewayRig,
  projectKey,
  smallKey,
} from '../testing/gateway-rig.ts';

let rig: GatewayRig;
beforeEach(async () => {
  rig = await gatewayRig();
});
afterEach(() => rig.close());

interface Call {
  readonly url?: string;
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

async function post(
  body: object,
  { url = '/api/v1/execute', key = projectKey, headers }: Call = {},
) {
  const answer = await rig.app.inject({
    ...{ method: 'POST', url, payload: body },
    headers: { 'x-api-key': key, ...headers },
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

const waiting = { url: '/api/v1/execute?wait=true' };
const hello = { language: 'python', code: 'hello' };

describe('executing', () => {
  it('accepts, says where to look, and has the result afterwards', async () => {
    const { status, body, headers } = await post({ ...hello, correlation_id: 'c' });
    expect(status).toBe(202);
    expect(body).toEqual({
      ...{ execution_id: 'run-1', status: 'queued', estimated_wait_ms: 12.5 },
      websocket_url: '/ws/execution/run-1',
    });
    expect(headers.location).toBe('/api/v1/executions/run-1');
    const found = await rig.app.inject({
      url: '/api/v1/executions/run-1',
      headers: { authorization: `Bearer ${projectKey}` },
    });
    expect(found.json()).toMatchObject({
      status: 'completed',
      result: { stdout: 'hello\n', correlation_id: 'c' },
    });
  });

  it('waits for the result', async () => {
    const { status, body } = await post(hello, waiting);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ execution_id: 'run-1', status: 'completed', stdout: 'hello\n', signal: null },
      ...{ stdout_truncated: false, compile: null, phases: null, started_at: null },
    });
    expect(body).not.toHaveProperty('stdout_encoding');
  });

  it('marks what is no text as base64', async () => {
    const { body } = await post({ ...hello, code: 'binary' }, waiting);
    expect(body).toMatchObject({ stdout: '/wD+', stdout_encoding: 'base64' });
  });

  it('has all of a large output', async () => {
    const { body } = await post({ ...hello, code: 'large' }, waiting);
    expect(body.stdout).toHaveLength(200_000);
    expect(body.stdout_truncated).toBe(false);
  });

  it('takes input as base64, and several files', async () => {
    const encoded = { code: 'ZWNobw==', stdin: Buffer.from('äöü').toString('base64') };
    const one = await post({ language: 'python', ...encoded, encoding: 'base64' }, waiting);
    expect(one.status).toBe(200);
    const files = [
      { path: 'a.py', content: 'x' },
      { path: 'b.py', content: '' },
    ];
    await post({ language: 'python', files, args: ['1'] }, waiting);
    expect(rig.executions.submitted.at(-1)).toMatchObject({ files, args: ['1'] });
  });

  it('names everything that is wrong, by the names that were used', async () => {
    const { status, body } = await post({
      ...{ language: 'python', timeout: 31, memoryLimit: '64', colour: 1, priority: 'urgent' },
      files: [{ path: 1, contents: '' }],
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error_code: 'VALIDATION_ERROR' });
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { field: 'timeout', problem: 'must be at most 30' },
        { field: 'memoryLimit', problem: 'must be a whole number' },
        { field: 'colour', problem: 'is not known' },
        { field: 'priority', problem: 'must be one of high, normal, low' },
        { field: 'files[0].path', problem: 'must be a text' },
        { field: 'files[0].content', problem: 'is needed' },
        { field: 'files[0].contents', problem: 'is not known' },
      ]),
    );
  });

  it('tells what the platform refuses by the names that were used, too', async () => {
    const both = await post({ language: 'cobol', code: '1' });
    expect(both).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'language', problem: 'must be one of python' }] },
    });
  });

  it('takes camelCase for snake_case, and refuses both at once', async () => {
    await post({ ...hello, memoryLimit: 128, userId: 'u', correlationId: 'c', compileTimeout: 3 });
    expect(rig.executions.submitted[0]).toMatchObject({
      ...{ memoryLimit: 128, userId: 'u', correlationId: 'c', compileTimeout: 3 },
    });
    const { status, body } = await post({ ...hello, memoryLimit: 128, memory_limit: 128 });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { field: 'memoryLimit', problem: 'is given as memory_limit, too' },
    ]);
  });

  it('runs once under one key, and refuses it for another request', async () => {
    const key = { headers: { 'idempotency-key': 'k1' } };
    const first = await post(hello, key);
    const again = await post(hello, key);
    expect(again.body.execution_id).toBe(first.body.execution_id);
    expect(rig.executions.submitted).toHaveLength(1);
    const other = await post({ ...hello, code: 'large' }, key);
    expect(other).toMatchObject({ status: 409, body: { error_code: 'CONFLICT' } });
    const waited = await post(hello, { ...key, ...waiting });
    expect(waited.body).toMatchObject({ status: 'completed', stdout: 'hello\n' });
  });

  it.each(['', 'with space', 'ü', 'x'.repeat(256)])('refuses the key "%s"', async (key) => {
    const { status } = await post(hello, { headers: { 'idempotency-key': key } });
    expect(status).toBe(400);
  });

  it('says how many calls are left, and refuses those beyond', async () => {
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push(await post(hello, { key: smallKey }));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 429]);
    expect(answers[0]?.headers['ratelimit-policy']).toBe('"request";q=3;w=60');
    expect(answers[0]?.headers['ratelimit']).toMatch(/^"request";r=2;t=\d+$/);
    expect(Number(answers[3]?.headers['retry-after'])).toBeGreaterThan(0);
    expect(answers[3]?.body.error_code).toBe('RATE_LIMIT_ERROR');
  });
});

describe('a batch', () => {
  const batch = { url: '/api/v1/execute/batch' };

  it('answers each item by itself, in order', async () => {
    const items = [hello, { language: 'python' }, 7, { ...hello, memoryLimit: 1 }, hello];
    const { status, body } = await post({ items }, batch);
    expect(status).toBe(200);
    expect(body.items.map((item: { status: number }) => item.status)).toEqual([
      ...[202, 400, 400, 400, 202],
    ]);
    expect(body.items[3].body.errors).toEqual([
      { field: 'memoryLimit', problem: 'must be at least 64' },
    ]);
    expect(body.items[4].body.execution_id).toBe('run-2');
  });

  it('waits for all of them', async () => {
    const { body } = await post({ items: [hello, hello] }, { url: `${batch.url}?wait=true` });
    const outputs = body.items.map((item: { body: { stdout: string } }) => item.body.stdout);
    expect(outputs).toEqual(['hello\n', 'hello\n']);
  });

  it('counts each item, and runs each once under one key', async () => {
    const items = [hello, hello, hello, hello];
    const counted = await post({ items }, { ...batch, key: smallKey });
    const statuses = counted.body.items.map((item: { status: number }) => item.status);
    expect(statuses.toSorted()).toEqual([202, 202, 202, 429]);
    const key = { headers: { 'idempotency-key': 'b1' }, key: adminKey };
    await post({ items }, { ...batch, ...key });
    const submitted = rig.executions.submitted.length;
    await post({ items }, { ...batch, ...key });
    expect(rig.executions.submitted).toHaveLength(submitted);
  });

  it.each([{ items: [] }, { items: Array(101).fill(hello) }, { items: {} }, {}])(
    'refuses what is no batch',
    async (body) => {
      expect(await post(body, batch)).toMatchObject({ status: 400 });
    },
  );
});
