// What people see while a program runs: over WebSockets and the feed, on the whole platform.
import { get } from 'node:http';
import { expect, it } from 'vitest';
import { TestSocket } from '../../services/gateway/src/testing/socket.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const under = usePlatform({ templates: ['python'] });

async function call<T>(path: string, body?: object, key = under.platform.endpoints.apiKey) {
  const answer = await fetch(`${under.platform.endpoints.http}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as T;
}

async function submit(code: string, more: object = {}): Promise<string> {
  const body = { language: 'python', code, ...more };
  return (await call<{ execution_id: string }>('/api/v1/execute', body)).execution_id;
}

function watch(id: string, query = '', headers?: Record<string, string>): TestSocket {
  const { apiKey, http } = under.platform.endpoints;
  const url = `${http.replace('http', 'ws')}/ws/execution/${id}${query}`;
  return new TestSocket(url, headers ?? { 'x-api-key': apiKey });
}

/** Waits for a line on its input before each of so many lines of output. */
const asked = (lines: number) =>
  `import sys\nfor i in range(${lines}):\n  sys.stdin.readline(); print(i, flush=True)`;

it('shows output in order as it comes, to those who come late and come back as well', async () => {
  const id = await submit(asked(3), { interactive: true });
  const first = await watch(id).opened();
  first.say({ type: 'stdin', data: '\n' });
  await first.until(({ seq }) => seq === 1);
  const late = watch(id);
  await late.until(({ seq }) => seq === 1);
  first.socket.terminate();
  late.say({ type: 'stdin', data: '\n' });
  await late.until(({ seq }) => seq === 2);
  const back = await watch(id, '?from=2').opened();
  back.say({ type: 'stdin', data: '\n' });
  expect((await back.closed).code).toBe(1000);
  expect((await late.closed).code).toBe(1000);
  expect(late.output).toBe('0\n1\n2\n');
  expect(back.output).toBe('1\n2\n');
  expect(late.told.map(({ type }) => type)).toEqual([
    ...['status', 'output', 'output', 'output', 'complete'],
  ]);
  expect(back.told.at(-1)).toMatchObject({ result: { execution_id: id, status: 'completed' } });
});

it('keeps a slow reader from delaying others, and leaves it no hole that it is not told of', async () => {
  const id = await submit(
    'import sys\nsys.stdin.readline()\nfor i in range(24):\n  print("x" * 100000, flush=True)\nsys.stdin.readline()',
    { interactive: true },
  );
  const [quick, slow] = [await watch(id).opened(), await watch(id).opened()];
  await Promise.all([quick, slow].map((one) => one.until(({ type }) => type === 'status')));
  slow.socket.pause();
  quick.say({ type: 'stdin', data: '\n' });
  while (quick.output.length < 24 * 100_001) {
    const count = quick.told.length;
    await quick.until((message) => quick.told.indexOf(message) >= count);
  }
  quick.say({ type: 'stdin', data: '\n' });
  await quick.closed;
  slow.socket.resume();
  expect((await slow.closed).code).toBe(1000);
  expect(quick.output.length).toBe(24 * 100_001);
  let next = 1;
  for (const { type, seq, from, to } of slow.told) {
    if (type === 'output') expect(seq).toBe(next);
    if (type === 'truncated') expect(from).toBe(next);
    if (type === 'output' || type === 'truncated') next = Number(seq ?? to) + 1;
  }
  const complete = slow.told.at(-1) as { result?: { last_output_sequence: number } } | undefined;
  expect(next).toBe((complete?.result?.last_output_sequence ?? 0) + 1);
});

it('tells 200 watchers of 10 executions everything', async () => {
  const ids = await Promise.all(
    Array.from({ length: 10 }, () => submit(asked(20), { interactive: true })),
  );
  const watchers = ids.flatMap((id) => Array.from({ length: 20 }, () => watch(id)));
  await Promise.all(watchers.map((one) => one.until(({ type }) => type === 'status')));
  for (const index of ids.keys()) {
    watchers[index * 20]?.say({ type: 'stdin', data: '\n'.repeat(20) });
  }
  const closed = await Promise.all(watchers.map((one) => one.closed));
  expect(closed.filter(({ code }) => code !== 1000)).toEqual([]);
  const wanted = Array.from({ length: 20 }, (_, line) => `${line}\n`).join('');
  expect(watchers.filter(({ output }) => output !== wanted)).toEqual([]);
});

it('signals and cancels', async () => {
  const code =
    'import time\nprint("up", flush=True)\ntry:\n  time.sleep(25)\nexcept KeyboardInterrupt:\n  print("int", flush=True)\n  time.sleep(25)';
  const socket = watch(await submit(code, { interactive: true, timeout: 30 }));
  await socket.until(({ data }) => data === 'up\n');
  socket.say({ type: 'signal', signal: 'SIGINT' });
  await socket.until(({ data }) => data === 'int\n');
  socket.say({ type: 'cancel' });
  expect((await socket.closed).code).toBe(1000);
  expect(socket.told.at(-1)).toMatchObject({ result: { status: 'cancelled' } });
});

it('takes a ticket once, and closes when the key is revoked', async () => {
  const id = await submit('print(1)');
  const { ticket } = await call<{ ticket: string }>('/api/v1/tickets', {});
  expect((await watch(id, `?ticket=${ticket}`, {}).closed).code).toBe(1000);
  expect((await watch(id, `?ticket=${ticket}`, {}).closed).code).toBe(4001);

  await until('the database answers', () => under.client.keys.listPlans().catch(() => false));
  await under.client.keys.createProject({ name: 'live', slug: 'live' });
  const { key, details } = await under.client.keys.create({ project: 'live', name: 'x' });
  const body = { language: 'python', code: 'import time; time.sleep(20)', timeout: 30 };
  const run = await call<{ execution_id: string }>('/api/v1/execute', body, key);
  const socket = watch(run.execution_id, '', { 'x-api-key': key });
  await socket.until(({ type }) => type === 'status');
  await under.client.keys.revoke(details.id);
  expect((await socket.closed).code).toBe(4001);
});

it('feeds pools, runs and sandboxes', async () => {
  const { apiKey, http } = under.platform.endpoints;
  const seen = new Set<string>();
  const done = Promise.withResolvers<void>();
  const request = get(`${http}/api/v1/feed`, { headers: { 'x-api-key': apiKey } }, (answer) => {
    answer.on('error', () => undefined);
    answer.setEncoding('utf8').on('data', (text: string) => {
      for (const [, event] of text.matchAll(/^event: (\w+)$/gm)) seen.add(event ?? '');
      if (seen.has('pools') && seen.size === 1) void submit('print(1)');
      if (['pools', 'execution', 'sandbox'].every((event) => seen.has(event))) done.resolve();
    });
  });
  request.on('error', () => undefined);
  await done.promise;
  request.destroy();
});
