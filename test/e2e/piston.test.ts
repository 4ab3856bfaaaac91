// The dialect of Piston's API v2 on the whole platform.
import { beforeAll, describe, expect, it } from 'vitest';
import { TestSocket } from '../../services/gateway/src/testing/socket.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const under = usePlatform({ templates: ['python', 'cpp'] });

/** Versions are known as soon as a node has told them. */
beforeAll(async () => {
  const { apiKey, http } = under.platform.endpoints;
  const ask = () => fetch(`${http}/api/v2/runtimes`, { headers: { authorization: apiKey } });
  await until('both runtimes are there', async () => {
    return ((await (await ask()).json()) as unknown[]).length === 2;
  });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function post(body: unknown, { path = '/api/v2/execute', type = 'application/json' } = {}) {
  const { apiKey, http } = under.platform.endpoints;
  const answer = await fetch(`${http}${path}`, {
    method: 'POST',
    headers: { authorization: apiKey, 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() } as Answer;
}

const python = (content: string, more: object = {}) =>
  post({ language: 'python', version: '*', files: [{ content }], ...more });

it('lists runtimes, to those with a key, in each way of sending one', async () => {
  const { apiKey, http } = under.platform.endpoints;
  const basic = Buffer.from(`key:${apiKey}`).toString('base64');
  for (const authorization of [apiKey, `Bearer ${apiKey}`, `Basic ${basic}`]) {
    const answer = await fetch(`${http}/api/v2/piston/runtimes`, { headers: { authorization } });
    expect(await answer.json()).toEqual([
      { language: 'cpp', version: expect.stringMatching(/^\d/), aliases: expect.any(Array) },
      { language: 'python', version: expect.stringMatching(/^3/), aliases: ['py', 'python3'] },
    ]);
  }
  const refused = await fetch(`${http}/api/v2/runtimes`);
  expect(refused.status).toBe(401);
  expect(Object.keys((await refused.json()) as object)).toEqual(['message']);
});

describe('executing', () => {
  it('answers as Piston does', async () => {
    const code =
      'import sys\nprint(input(), sys.argv[1:], flush=True)\nsys.stderr.write("é\\n")\nsys.exit(3)';
    const { status, body } = await python(code, {
      ...{ stdin: 'in', args: ['a', 'b'], unknown: 1 },
      ...{ run_timeout: 3000, compile_timeout: -1, run_memory_limit: -1, compile_memory_limit: -1 },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ language: 'python', version: expect.any(String) },
      run: {
        ...{ stdout: "in ['a', 'b']\n", stderr: 'é\n', output: "in ['a', 'b']\né\n" },
        ...{ code: 3, signal: null, status: 'RE', message: 'Exited with error status 3' },
        ...{ cpu_time: expect.any(Number), wall_time: expect.any(Number) },
        memory: expect.any(Number),
      },
    });
  });

  it('says how a program was ended', async () => {
    const ended = async (code: string, more?: object) => (await python(code, more)).body['run'];
    expect(await ended('while True: pass', { run_timeout: 1000 })).toMatchObject({
      ...{ code: null, signal: 'SIGKILL', status: 'TO' },
    });
    expect(await ended('import os; os.abort()')).toMatchObject({
      ...{ code: null, signal: 'SIGABRT', status: 'SG', message: 'Caught fatal signal 6' },
    });
    expect(await ended('while True: print("x" * 1000)')).toMatchObject({
      ...{ code: null, signal: 'SIGKILL', status: 'OL' },
    });
  });

  it('keeps the output at a limit, and characters whole', async () => {
    const { body } = await python('import sys\nprint("é" * 300000, flush=True)\nwhile True: pass', {
      run_timeout: 2000,
    });
    const { stdout } = body['run'] as { stdout: string };
    expect(stdout).toBe(`${'é'.repeat(300_000)}\n`);
  });

  it('compiles, and answers with the compiler where that fails', async () => {
    const cpp = (content: string) =>
      post({ language: 'c++', version: '*', files: [{ name: 'prog', content }] });
    const good = await cpp('#include <cstdio>\nint main() { puts("hi"); }');
    expect(good.body).toMatchObject({ run: { stdout: 'hi\n', code: 0 }, compile: { code: 0 } });
    const bad = await cpp('int main() { x }');
    expect(bad.status).toBe(200);
    expect(bad.body['run']).toEqual(bad.body['compile']);
    expect(bad.body['run']).toMatchObject({ code: 1, stderr: expect.stringContaining('error') });
  });

  it('takes files in every encoding', async () => {
    const files = [
      { name: 'a.bin', content: 'ff00', encoding: 'hex' },
      { name: 'main.py', content: 'print(open("a.bin","rb").read(), open("b").read())' },
      { name: 'b', content: 'aGk=', encoding: 'base64' },
    ];
    const { body } = await post({ language: 'py', version: '3', files });
    expect(body).toMatchObject({ run: { stdout: "b'\\xff\\x00' hi\n" } });
  });
});

const file = [{ content: '1' }];
it.each<readonly [unknown, string]>([
  [{ version: '*', files: file }, 'language is required as a string'],
  [{ language: 'python', files: file }, 'version is required as a string'],
  [{ language: 'python', version: '*' }, 'files is required as an array'],
  [{ language: 'python', version: '*', files: [{}] }, 'files[0].content is required as a string'],
  [{ language: 'cobol', version: '*', files: file }, 'cobol-* runtime is unknown'],
  [{ language: 'python', version: '2.x', files: file }, 'python-2.x runtime is unknown'],
  [
    { language: 'python', version: '*', files: [{ content: 'x', encoding: 'hex' }] },
    'files must include at least one utf8 encoded file',
  ],
  [
    { language: 'python', version: '*', files: file, run_timeout: '1' },
    'If specified, run_timeout must be a number',
  ],
  [
    { language: 'python', version: '*', files: file, run_timeout: 30_001 },
    'run_timeout cannot exceed the configured limit of 30000',
  ],
  [
    { language: 'python', version: '*', files: file, run_memory_limit: -2 },
    'run_memory_limit must be non-negative',
  ],
])('refuses %j', async (body, message) => {
  expect(await post(body)).toEqual({ status: 400, body: { message } });
});

it('refuses what is no JSON', async () => {
  expect((await post('{')).status).toBe(400);
  expect(await post('a=1', { type: 'application/x-www-form-urlencoded' })).toEqual({
    ...{ status: 415, body: { message: 'requests must be of type application/json' } },
  });
});

describe('connecting', () => {
  const connect = () => {
    const { apiKey, http } = under.platform.endpoints;
    const url = `${http.replace('http', 'ws')}/api/v2/connect`;
    return new TestSocket(url, { authorization: apiKey }).opened();
  };
  const init = (content: string, language = 'python') => {
    return { type: 'init', language, version: '*', files: [{ content }] };
  };

  it('is a conversation', async () => {
    const socket = await connect();
    socket.say(init('name = input("? ")\nprint("hi", name)\nimport time\ntime.sleep(9)'));
    await socket.until(({ data }) => data === '? ');
    socket.say({ type: 'data', stream: 'stdin', data: 'bob\n' });
    await socket.until(({ data }) => data === 'hi bob\n');
    socket.say({ type: 'signal', signal: 'SIGTERM' });
    expect(await socket.closed).toEqual({ code: 4999, reason: 'Job Completed' });
    expect(socket.told).toEqual([
      { type: 'runtime', language: 'python', version: expect.any(String) },
      { type: 'stage', stage: 'run' },
      { type: 'data', stream: 'stdout', data: '? ' },
      { type: 'data', stream: 'stdout', data: 'hi bob\n' },
      { type: 'exit', stage: 'run', code: null, signal: 'SIGTERM' },
    ]);
  });

  it('tells of both stages', async () => {
    const socket = await connect();
    socket.say(init('#include <cstdio>\nint main() { puts("hi"); }', 'cpp'));
    await socket.closed;
    expect(socket.told.slice(1)).toEqual([
      { type: 'stage', stage: 'compile' },
      { type: 'exit', stage: 'compile', code: 0, signal: null },
      { type: 'stage', stage: 'run' },
      { type: 'data', stream: 'stdout', data: 'hi\n' },
      { type: 'exit', stage: 'run', code: 0, signal: null },
    ]);
  });

  it('closes as Piston does', async () => {
    const closedAfter = async (...messages: readonly unknown[]) => {
      const socket = await connect();
      for (const message of messages) socket.say(message);
      return (await socket.closed).code;
    };
    const sleep = init('import time; time.sleep(20)');
    expect(await closedAfter(sleep, sleep)).toBe(4000);
    expect(await closedAfter()).toBe(4001);
    expect(await closedAfter({ type: 'init' })).toBe(4002);
    expect(await closedAfter({ type: 'data', stream: 'stdin', data: '' })).toBe(4003);
    expect(await closedAfter(sleep, { type: 'data', stream: 'stdout', data: '' })).toBe(4004);
    expect(await closedAfter(sleep, { type: 'signal', signal: 'SIGNONE' })).toBe(4005);
  });
});
