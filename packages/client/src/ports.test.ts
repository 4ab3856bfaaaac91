import { once } from 'node:events';
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useLease } from './testing/lease-in-memory.ts';

const under = useLease();

/** A program that listens, until the block ends. */
async function listening(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  return served(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

async function serving(listener: RequestListener) {
  const server = createServer(listener);
  return served(server, () => server.closeAllConnections());
}

async function served(server: ReturnType<typeof createTcpServer> | HttpServer, end: () => void) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a connection to a port', () => {
  it('goes on in one direction after the other has ended', async () => {
    await using program = await listening(async (socket) => {
      const all = await buffer(socket);
      socket.end(`got ${all.length}`);
    });
    const connection = await under.sandbox.connectPort(program.port);
    connection.write(Buffer.alloc(0));
    connection.end(Buffer.alloc(3_000_000, 1));
    expect(await text(connection)).toBe('got 3000000');
    expect(connection.errored).toBeNull();
  });

  it('may be sent to after the program sends no more', async () => {
    const received = Promise.withResolvers<string>();
    await using program = await listening((socket) => {
      socket.end('hello');
      text(socket).then(received.resolve, received.reject);
    });
    const connection = await under.sandbox.connectPort(program.port);
    expect(await text(Readable.from(connection))).toBe('hello');
    connection.end('and goodbye');
    expect(await received.promise).toBe('and goodbye');
  });

  it('is as slow as its reader', async () => {
    let written = 0;
    await using program = await listening((socket) => {
      const more = () => {
        while (socket.write(Buffer.alloc(65_536))) written += 65_536;
      };
      socket.on('drain', more);
      more();
    });
    const connection = await under.sandbox.connectPort(program.port);
    let before = -1;
    for (let still = 0; still < 50; still = written === before ? still + 1 : 0) {
      before = written;
      await setImmediate();
    }
    expect(written).toBeLessThan(64 * 1024 * 1024);
    connection.destroy();
  });

  it('breaks off at the program’s end when it is destroyed', async () => {
    const ended = Promise.withResolvers<void>();
    await using program = await listening((socket) => {
      socket.on('end', () => ended.resolve());
      socket.resume();
    });
    const connection = await under.sandbox.connectPort(program.port);
    connection.write('some');
    connection.destroy();
    await ended.promise;
  });

  it('is refused where nobody listens, and with a wrong token', async () => {
    const program = await listening(() => undefined);
    await program[Symbol.asyncDispose]();
    await expect(under.sandbox.connectPort(program.port)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(under.sandbox.fetch(program.port, '/')).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('fetch', () => {
  it('asks a program inside and answers as fetch does', async () => {
    await using program = await serving(async (request, response) => {
      const body = await text(request);
      const { method, url, headers } = request;
      response.writeHead(201, 'Made', [...['Set-Cookie', 'a=1'], ...['Set-Cookie', 'b=2']]);
      response.end(JSON.stringify({ method, url, body, headers }));
    });
    const response = await under.sandbox.fetch(program.port, '/path?q=é', {
      ...{ method: 'POST', body: 'typed' },
      headers: { 'x-mine': 'yes' },
    });
    expect([response.status, response.statusText]).toEqual([201, 'Made']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toMatchObject({
      ...{ method: 'POST', url: '/path?q=%C3%A9', body: 'typed' },
      headers: {
        ...{ 'x-mine': 'yes', 'content-length': '5', host: `localhost:${program.port}` },
        'content-type': 'text/plain;charset=UTF-8',
      },
    });
  });

  it('streams bodies both ways', async () => {
    const proceed = Promise.withResolvers<void>();
    await using program = await serving(async (request, response) => {
      response.write('first ');
      await proceed.promise;
      response.end(`then ${(await buffer(request)).length}`);
    });
    async function* parts() {
      yield Buffer.alloc(100_000);
      yield Buffer.alloc(1_900_000);
    }
    const body = Readable.toWeb(Readable.from(parts())) as ReadableStream<Uint8Array>;
    const response = await under.sandbox.fetch(program.port, '/', { method: 'PUT', body });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first ');
    proceed.resolve();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('then 2000000');
    expect((await reader.read()).done).toBe(true);
  });

  it('knows answers without a body, and redirects as they are', async () => {
    await using program = await serving((request, response) => {
      if (request.url === '/none') response.writeHead(204).end();
      else if (request.url === '/moved') response.writeHead(302, { location: '/none' }).end();
      else response.end('ignored');
    });
    const ask = (path: string, init?: RequestInit) => under.sandbox.fetch(program.port, path, init);
    expect(await (await ask('/none')).text()).toBe('');
    expect((await ask('/moved')).status).toBe(302);
    expect(await (await ask('/', { method: 'HEAD' })).text()).toBe('');
  });

  it('is cancelled by its signal', async () => {
    const asked = Promise.withResolvers<void>();
    await using program = await serving(() => asked.resolve());
    const { signal, abort } = abortable();
    const response = under.sandbox.fetch(program.port, '/', { signal });
    await asked.promise;
    abort();
    await expect(response).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says that an answer is no HTTP, and that a path is none', async () => {
    await using program = await listening((socket) => socket.end('SSH-2.0\r\n'));
    await expect(under.sandbox.fetch(program.port, '/')).rejects.toMatchObject({
      ...{ code: 'unavailable', message: expect.stringContaining('no answer in HTTP') },
    });
    await expect(under.sandbox.fetch(program.port, 'http://else/')).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    await expect(under.sandbox.fetch(70_000, '/')).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
