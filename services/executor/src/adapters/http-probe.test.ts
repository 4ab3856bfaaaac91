// The probe against real HTTP servers, on pairs of streams in place of a sandbox's connections.
import { createServer, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { createFakeDriver } from '@pilotlight/sandbox-runtime';
import { describe, expect, it } from 'vitest';
import { never } from '../testing/test-node.ts';
import { until } from '../testing/until.ts';
import { openHttpProbe } from './http-probe.ts';

const port = 3_000;

/** A sandbox in which something takes connections, a probe of it, and how many it took. */
async function createProbed(accept: (connection: Duplex) => void) {
  const driver = createFakeDriver();
  const sandbox = await driver.create(
    {
      ...{ id: 's', incarnation: 'i' },
      template: {
        ...{ name: 'web', image: '', toolchains: [], isolation: 'default', runner: ['run'] },
        ...{ files: [], env: {} },
      },
      limits: { memoryBytes: 1, cpus: 1, pids: 1, openFiles: 1, workspaceBytes: 1 },
    },
    never,
  );
  const connections: Duplex[] = [];
  driver.sandboxes.get('s')?.listen(port, (connection) => {
    connections.push(connection);
    accept(connection);
  });
  /** The host's ends of the same connections. */
  const ends: Duplex[] = [];
  const connect = sandbox.connect.bind(sandbox);
  sandbox.connect = async (to) => {
    const end = await connect(to);
    ends.push(end);
    return end;
  };
  const probe = openHttpProbe(sandbox, { port, path: '/health' });
  return { probe, connections, ends, sandbox };
}

function serving(listener: RequestListener) {
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  return createProbed((connection) => void server.emit('connection', connection));
}

/** Writes bytes whatever it is asked. */
const saying = (bytes: string | Buffer) =>
  createProbed((connection) => void connection.once('data', () => connection.write(bytes)));

describe('the HTTP probe', () => {
  it('keeps one connection over many looks', async () => {
    const asked: string[] = [];
    const { probe, connections, ends } = await serving(({ method, url, headers }, response) => {
      asked.push(`${method} ${url} ${headers.host}`);
      response.end('fine');
    });
    for (let look = 0; look < 5; look += 1) {
      expect(await probe.look(never)).toEqual({ kind: 'answered', status: 200 });
    }
    expect(connections).toHaveLength(1);
    expect(new Set(asked)).toEqual(new Set(['GET /health 127.0.0.1:3000']));
    probe.close();
    await until(() => ends[0]?.destroyed === true);
  });

  it('connects anew where the application closed the one that was kept', async () => {
    const { probe, connections } = await serving((_, response) => response.end());
    await probe.look(never);
    connections[0]?.destroy();
    expect(await probe.look(never)).toEqual({ kind: 'answered', status: 200 });
    expect(connections).toHaveLength(2);
  });

  it.each([301, 404, 503])('tells the status %s', async (status) => {
    const { probe } = await serving((_, response) => void response.writeHead(status).end());
    expect(await probe.look(never)).toEqual({ kind: 'answered', status });
  });

  it.each<[string, string | Buffer, string]>([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'Parse Error'],
    ['headers without end', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(100_000)}`, 'Header overflow'],
    ['half an answer and its end', Buffer.from([0]), 'Parse Error'],
  ])('is not told anything by %s', async (_, bytes, detail) => {
    const { probe } = await saying(bytes);
    expect(await probe.look(never)).toEqual({
      kind: 'silent',
      detail: expect.stringContaining(detail),
    });
  });

  it('reads little of an endless body, and ends it', async () => {
    let taken = 0;
    const { probe, ends } = await createProbed((connection) => {
      connection.once('data', () => connection.write('HTTP/1.1 200 OK\r\n\r\n'));
      const more = () => {
        while (!connection.destroyed && taken < 10_000_000) {
          taken += 1_000;
          if (!connection.write(Buffer.alloc(1_000))) return;
        }
      };
      connection.on('drain', more).once('data', more);
    });
    expect(await probe.look(never)).toEqual({ kind: 'answered', status: 200 });
    expect(taken).toBeLessThan(1_000_000);
    expect(ends.map((end) => end.destroyed)).toEqual([true]);
  });

  it('gives up a look that is aborted', async () => {
    const { probe } = await createProbed(() => undefined);
    const tooLong = new AbortController();
    const look = probe.look(tooLong.signal);
    tooLong.abort();
    expect(await look).toMatchObject({ kind: 'silent' });
  });

  it('is told that nobody listens', async () => {
    const { sandbox } = await createProbed(() => undefined);
    const probe = openHttpProbe(sandbox, { port: 1, path: '/' });
    const outcome = await probe.look(never);
    expect(outcome).toEqual({ kind: 'silent', detail: 'Nobody listens on port 1.' });
  });
});
