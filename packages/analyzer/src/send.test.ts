import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readSettings, type Settings } from './config/settings.ts';
import { retryAfterMs, send } from './send.ts';
import { type Answer, startIngestServer } from './testing/ingest-server.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function settingsFor(endpoint: string): Settings {
  const { settings } = readSettings({ apiKey: 'csa_key', endpoint }, {});
  if (settings === undefined) throw new Error(endpoint);
  return settings;
}

async function answering(answer?: Answer) {
  const server = await startIngestServer(answer);
  stops.push(server.stop);
  return server;
}

/** A server that is none: `onSocket` writes what it likes. */
async function speaking(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<unknown>((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const post = (endpoint: string, timeoutMs = 5000) =>
  send(settingsFor(endpoint), '/api/v1/ingest', () => '{"a":"ü"}', timeoutMs);

test('posts JSON with the key below the base path', async () => {
  const server = await answering();
  expect(await post(`${server.url}/base/`)).toEqual({ kind: 'accepted', refused: 0 });
  expect(server.received).toMatchObject([
    {
      path: '/base/api/v1/ingest',
      body: { a: 'ü' },
      headers: { 'x-api-key': 'csa_key', 'content-type': 'application/json' },
    },
  ]);
});

test('keeps the connection, and replaces one that the server has closed', async () => {
  const server = await answering();
  await post(server.url);
  await post(server.url);
  expect(server.sockets.size).toBe(1);
  for (const socket of server.sockets) socket.destroy();
  expect(await post(server.url)).toMatchObject({ kind: 'accepted' });
});

test('tells how many invocations of a batch were refused', async () => {
  const server = await answering((response) => response.end('{"status":"partial","failed":2}'));
  expect(await post(server.url)).toEqual({ kind: 'accepted', refused: 2 });
});

test.each([
  [400, false],
  [401, true],
  [403, true],
  [404, true],
  [302, true],
  [413, false],
])('%i is refused, for good: %s', async (status, forGood) => {
  const server = await answering((response) => {
    response.statusCode = status;
    response.end('{"detail":"no"}');
  });
  expect(await post(server.url)).toMatchObject({ kind: 'refused', forGood });
});

test.each([
  [429, '7', 7000],
  [503, '1', 1000],
  [500, undefined, undefined],
])('%i is for later', async (status, header, afterMs) => {
  const server = await answering((response) => {
    response.statusCode = status;
    if (header !== undefined) response.setHeader('Retry-After', header);
    response.end();
  });
  expect(await post(server.url)).toMatchObject({ kind: 'later', afterMs });
});

test('a page instead of an answer is told', async () => {
  const server = await answering((response) => response.end('<html>Sign in</html>'));
  expect(await post(server.url)).toMatchObject({ reason: 'the endpoint is no ingest API' });
});

test('rubbish, a broken answer and a closed port are for later', async () => {
  const rubbish = await speaking((socket) =>
    socket.on('data', () => socket.write('\0\x01rubbish')),
  );
  expect(await post(rubbish)).toMatchObject({ kind: 'later' });
  const broken = await speaking((socket) =>
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{')),
  );
  expect(await post(broken)).toMatchObject({ kind: 'later' });
  const server = await answering();
  await stops.pop()?.();
  expect(await post(server.url)).toMatchObject({ kind: 'later', reason: 'ECONNREFUSED' });
});

test('an endless answer is cut off', async () => {
  let closed: () => void = () => undefined;
  const cutOff = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const url = await speaking((socket) => {
    socket.on('close', closed);
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const more = (): void => {
        if (!socket.destroyed)
          socket.write(`400\r\n${'x'.repeat(1024)}\r\n`, () => setImmediate(more));
      };
      more();
    });
  });
  expect(await post(url)).toMatchObject({ reason: 'the endpoint is no ingest API' });
  await cutOff;
});

test.each([
  ['silent', ''],
  ['endless in its headers', 'HTTP/1.1 100 Continue\r\n\r\n'],
])('a server that is %s is given up after the timeout', async (_name, text) => {
  const url = await speaking((socket) => socket.on('data', () => socket.write(text)));
  const begun = performance.now();
  expect(await post(url, 100)).toMatchObject({ kind: 'later', reason: 'no answer within 100 ms' });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(95);
});

test.each([
  ['3', 3000],
  ['Fri, 02 Jan 2026 10:30:05 GMT', 5000],
  ['Fri, 02 Jan 2026 10:29:00 GMT', 0],
  ['999999999', 3_600_000],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After: %s', (header, expected) => {
  expect(retryAfterMs(header, Date.parse('2026-01-02T10:30:00Z'))).toBe(expected);
});
