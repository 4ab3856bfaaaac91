// REST through the whole platform, as a person with curl uses it.
import { hashOfKey, newKey, StoredKey, toJsonBytes } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Description,
  operationsOf,
  requestsOf,
} from '../../services/gateway/src/testing/openapi-requests.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const languages = ['python', 'javascript', 'java', 'go', 'cpp', 'rust'] as const;
const stack = usePlatform({ templates: [...languages] });

const hello: Readonly<Record<(typeof languages)[number], string>> = {
  python: 'print("hello")',
  javascript: 'console.log("hello")',
  java: 'public class Main { public static void main(String[] a) { System.out.println("hello"); } }',
  go: 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n',
  cpp: '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
  rust: 'fn main() { println!("hello"); }\n',
};

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(path: string, { method = 'GET', body, key, headers = {} }: Asked = {}) {
  const { apiKey, http } = stack.platform.endpoints;
  const answer = await fetch(`${http}${path}`, {
    method,
    headers: {
      'X-API-Key': key ?? apiKey,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, json: json as Record<string, never> };
}

const post = (path: string, body: unknown, more: Asked = {}) =>
  ask(path, { method: 'POST', body, ...more });
const run = (body: object, more: Asked = {}) => post('/api/v1/execute?wait=true', body, more);

describe('executing', () => {
  it('waits for the result, with its phases and the sandbox that it had', async () => {
    const { status, json } = await run({ language: 'python', code: 'print(input())', stdin: 'hi' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      ...{ status: 'completed', exit_code: 0, stdout: 'hi\n', stderr: '', signal: null },
      ...{ language: 'python', phases: { total_ms: expect.any(Number) }, attempt: 1 },
    });
  });

  it.each(languages)('runs %s', async (language) => {
    const { status, json } = await run({ language, code: hello[language], timeout: 30 });
    expect({ status, ...json }).toMatchObject({ status: 'completed', stdout: 'hello\n' });
  });

  it('accepts, tells how it stands, and has the result and its output afterwards', async () => {
    const accepted = await post('/api/v1/execute', {
      language: 'javascript',
      code: 'console.log(1)',
    });
    expect(accepted.status).toBe(202);
    const id: string = accepted.json['execution_id'] ?? '';
    expect(accepted.json).toMatchObject({
      websocket_url: `/ws/execution/${id}`,
      estimated_wait_ms: expect.any(Number),
    });
    const ended = await until('it ends', async () => {
      const { json } = await ask(`/api/v1/executions/${id}`);
      return json['result'] !== undefined && json;
    });
    expect(ended).toMatchObject({ status: 'completed', result: { stdout: '1\n' } });
    const output = await ask(`/api/v1/executions/${id}/output`);
    expect(output.json).toMatchObject({ complete: true });
  });

  it('has a large output whole, and by pages', async () => {
    const { json } = await run({ language: 'python', code: 'print("0123456789abcde\\n" * 50000)' });
    expect(json['stdout']).toHaveLength(800_001);
    expect(json).toMatchObject({ stdout_truncated: false });
    let text = '';
    for (let from = 1, complete = false; !complete; ) {
      const page = await ask(`/api/v1/executions/${json['execution_id']}/output?from=${from}`);
      const { chunks, next } = page.json as unknown as {
        chunks: { data: string }[];
        next: number;
      };
      text += chunks.map(({ data }) => data).join('');
      from = next;
      complete = page.json['complete'] === true;
    }
    expect(text).toBe(json['stdout']);
  });

  it('marks binary output as base64', async () => {
    const code = 'import sys; sys.stdout.buffer.write(bytes([255, 0, 254]))';
    const { json } = await run({ language: 'python', code });
    expect(json).toMatchObject({ stdout: '/wD+', stdout_encoding: 'base64' });
  });

  it('cancels an endless loop', async () => {
    const { json } = await post('/api/v1/execute', {
      language: 'python',
      code: 'while True: pass',
    });
    const url = `/api/v1/executions/${json['execution_id']}`;
    await until('it runs', async () => (await ask(url)).json['status'] === 'running');
    const cancelled = await ask(url, { method: 'DELETE' });
    expect(cancelled.json).toMatchObject({ status: 'cancelled' });
    expect((await ask(url, { method: 'DELETE' })).json).toMatchObject({ status: 'cancelled' });
  });

  it('runs once under one key', async () => {
    const headers = { 'Idempotency-Key': 'e2e-1' };
    const body = { language: 'python', code: 'import time; print(time.time())' };
    const [first, again] = [await run(body, { headers }), await run(body, { headers })];
    expect(again.json['execution_id']).toBe(first.json['execution_id']);
    expect(again.json['stdout']).toBe(first.json['stdout']);
    const other = await run({ ...body, code: '1' }, { headers });
    expect(other).toMatchObject({ status: 409, json: { error_code: 'CONFLICT' } });
  });

  it('answers each item of a batch by itself', async () => {
    const hello = { language: 'python', code: 'print("hello")' };
    const items = [hello, { language: 'cobol', code: '1' }, { ...hello, timeout: 99 }, hello];
    const { json } = await post('/api/v1/execute/batch?wait=true', { items });
    expect(json['items']).toMatchObject([
      { status: 200, body: { stdout: 'hello\n' } },
      { status: 400, body: { errors: [{ field: 'language' }] } },
      { status: 400, body: { errors: [{ field: 'timeout' }] } },
      { status: 200, body: { stdout: 'hello\n' } },
    ]);
  });

  it('estimates how long a full queue takes', async () => {
    const slow = { language: 'python', code: 'import time; time.sleep(0.2)' };
    const items = Array.from({ length: 100 }, () => slow);
    const { json } = await post('/api/v1/execute/batch', { items });
    const answers = json['items'] as unknown as { body: { estimated_wait_ms: number } }[];
    const last = answers.at(-1)?.body.estimated_wait_ms ?? 0;
    expect(last).toBeGreaterThan(answers[0]?.body.estimated_wait_ms ?? 0);
    for (const { body } of answers as unknown as { body: { execution_id: string } }[]) {
      await ask(`/api/v1/executions/${body.execution_id}`, { method: 'DELETE' });
    }
  });
});

describe('refusing', () => {
  it('says what is wrong in one shape', async () => {
    const unknown = await ask('/api/v1/executions/nobody');
    expect(unknown).toMatchObject({ status: 404, json: { error_code: 'NOT_FOUND' } });
    const method = await ask('/api/v1/execute');
    expect(method).toMatchObject({ status: 405, json: { error_code: 'METHOD_NOT_ALLOWED' } });
    expect(method.headers.get('allow')).toContain('POST');
    const stranger = await run({ language: 'python', code: '1' }, { key: newKey() });
    expect(stranger).toMatchObject({ status: 401, json: { error_code: 'AUTHENTICATION_ERROR' } });
  });

  it('counts the calls of a small plan', async () => {
    const key = newKey();
    const stored = StoredKey.fromPartial({
      details: { id: 'small', project: 'small', role: 'project', active: true },
      projectId: 'small',
      entitlements: { plan: 'small', priority: 'normal', requestsPerMinute: 2 },
    });
    const bucket = await stack.bus.bucket('keys');
    await bucket.put(hashOfKey(key), toJsonBytes(StoredKey, stored));
    await until('the key is known', async () => (await ask('/api/v1/me', { key })).status === 200);
    const body = { language: 'python', code: 'print(1)' };
    const answers = [await run(body, { key }), await run(body, { key }), await run(body, { key })];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[1]?.headers.get('ratelimit')).toMatch(/r=0/);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('requests made of the description', () => {
  /** Those that end by themselves and take nothing that others need. */
  const isDriven = (path: string) =>
    /^\/api\/v1\/(execut|me|health|stats|pools\/|languages|ingest|functions)/.test(path);

  it('break nothing', async () => {
    const { json } = await ask('/openapi.json');
    const operations = operationsOf(json as unknown as Description);
    for (const operation of operations.filter(({ path }) => isDriven(path))) {
      for (const made of fc.sample(requestsOf(operation), { numRuns: 10, seed: 7 })) {
        const { apiKey, http } = stack.platform.endpoints;
        const url = made.url.replace('wait=true', 'wait=false');
        const answer = await fetch(`${http}${url}`, {
          method: made.method,
          headers: { ...made.headers, 'x-api-key': apiKey },
          ...(made.payload !== undefined && { body: made.payload }),
        });
        await answer.arrayBuffer();
        const about = `${made.method} ${url} ${made.payload} ${answer.status}`;
        if (answer.status >= 500) expect([501, 503], about).toContain(answer.status);
        const described = operation.operation.responses;
        const isDescribed =
          answer.status in described || `${String(answer.status)[0]}XX` in described;
        expect(isDescribed, about).toBe(true);
      }
    }
    expect((await ask('/api/v1/health')).json).toMatchObject({ status: 'healthy' });
  });
});
