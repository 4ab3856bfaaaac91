// What no HTTP client would send.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get as getSecure } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type GatewayRig,
  gatewayRig,
  projectKey,
  type RigOptions,
} from '../testing/gateway-rig.ts';

let rig: GatewayRig | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await rig?.close();
  rig = undefined;
});

async function listen(options: RigOptions = {}): Promise<number> {
  rig = await gatewayRig(options);
  await rig.app.listen({ host: '127.0.0.1', port: 0 });
  return (rig.app.server.address() as AddressInfo).port;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Everything until the other end closes. */
async function answerTo(port: number, ...pieces: string[]): Promise<string> {
  const socket = await open(port);
  const answer = text(socket);
  for (const piece of pieces) socket.write(piece);
  return answer;
}

const post = [
  'POST /api/v1/execute HTTP/1.1',
  'Host: x',
  `X-API-Key: ${projectKey}`,
  'Content-Type: application/json',
].join('\r\n');
const health = 'GET /api/v1/health HTTP/1.1\r\nHost: x\r\n';

async function expectAlive(port: number): Promise<void> {
  const answer = await answerTo(port, `${health}Connection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
}

describe('a connection that sends', () => {
  it.each([
    ['garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
    ['no method', 'FOO BAR BAZ\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two lengths', `${post}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
    [
      'length and chunks',
      `${post}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
    ],
    ['a bad chunk', `${post}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['headers that are too long', `${health}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a NUL in a header', `${health}X: a\0b\r\n\r\n`, 400],
  ])('%s is refused and closed', async (_, bytes, status) => {
    const port = await listen();
    const answer = await answerTo(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await expectAlive(port);
  });

  it('too many headers is refused', async () => {
    const port = await listen();
    const flood = Array.from({ length: 150 }, (_, index) => `X-${index}: 1\r\n`).join('');
    const answer = await answerTo(port, `${health}${flood}Connection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('HEADERS_TOO_LARGE');
  });

  it('no headers in time is closed', async () => {
    const port = await listen({ headersTimeoutMs: 200, requestTimeoutMs: 400 });
    expect(await answerTo(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow:')).toMatch(
      /^HTTP\/1\.1 408 /,
    );
    await expectAlive(port);
  });

  it.each([
    ['a body', 'Content-Length: 1000\r\n\r\n{"language":'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"lan\r\n'],
  ])('%s that never ends is closed', async (_, rest) => {
    const port = await listen({ headersTimeoutMs: 200, requestTimeoutMs: 400 });
    expect(await answerTo(port, `${post}\r\n${rest}`)).toMatch(/^HTTP\/1\.1 408 /);
    await expectAlive(port);
  });

  it('more than the body may have is refused before it is read', async () => {
    const port = await listen();
    const answer = await answerTo(port, `${post}\r\nContent-Length: 100000000\r\n\r\n{`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('several requests at once gets their answers in order', async () => {
    const port = await listen();
    const missing = 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = `${health}Connection: close\r\n\r\n`;
    const answer = await answerTo(port, `${health}\r\n${missing}${last}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual([
      ...['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'],
    ]);
  });

  it('nothing more is one of so many', async () => {
    const port = await listen({ maxConnections: 2 });
    await Promise.all([open(port), open(port)]);
    const third = await open(port);
    await once(third, 'close');
  });
});

it('answers who is being answered before it closes, and lets idle connections go', async () => {
  const port = await listen();
  const executions = rig?.executions;
  const idle = await open(port);
  idle.write(`${health}\r\n`);
  await once(idle, 'data');
  const gone = once(idle, 'close');
  const loop = request({
    ...{ port, method: 'POST', path: '/api/v1/execute?wait=true' },
    headers: { 'x-api-key': projectKey, 'content-type': 'application/json' },
  });
  const answered = once(loop, 'response');
  loop.end(JSON.stringify({ language: 'python', code: 'loop' }));
  await expect.poll(() => executions?.submitted.length).toBe(1);
  const closing = rig?.close();
  rig = undefined;
  await gone;
  await executions?.client.cancelExecution({ executionId: 'run-1' });
  const [answer] = await answered;
  expect(answer.statusCode).toBe(200);
  answer.resume();
  await closing;
});

it('speaks HTTP/2 and HTTP/1.1 where it has a certificate, and says so for later', async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const port = await listen({ tls: { cert, key } });
  const session = connectHttp2(`https://localhost:${port}`, { ca: cert });
  const stream = session.request({ ':path': '/api/v1/me', 'x-api-key': projectKey });
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(200);
  expect(headers['strict-transport-security']).toMatch(/max-age=\d+/);
  expect(JSON.parse(await text(stream))).toMatchObject({ project: 'blue' });
  session.close();
  const older = getSecure({
    port,
    host: 'localhost',
    path: '/api/v1/health',
    ca: cert,
    agent: false,
  });
  const [answer] = await once(older, 'response');
  expect(answer).toMatchObject({ statusCode: 200, httpVersion: '1.1' });
  answer.resume();
  await once(answer, 'end');
});
