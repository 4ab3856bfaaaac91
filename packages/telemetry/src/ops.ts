// The HTTP endpoint for operators and probes: /metrics, /livez, /readyz.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Metrics } from './metrics.ts';

/** One thing that a service needs to do its work. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What is missing, for people. */
  readonly reason?: string;
}

/** Ready where every check is ok. */
export interface ReadinessReport {
  readonly checks: readonly ReadinessCheck[];
}

export interface OpsServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly metrics: Metrics;
  /** Whether a restart would not help; true unless given. */
  readonly live?: () => boolean;
  readonly ready: () => ReadinessReport;
}

export interface OpsServer {
  /** `host:port` as bound. */
  readonly address: string;
  readonly port: number;
  /** Ends open connections too. Idempotent. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Rejects where the address cannot be bound. */
export async function serveOps(options: OpsServerOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    void respond(options, request, response);
  });
  const { host, port } = await listen(server, options.address);
  const closed = new Promise<void>((resolve) => server.once('close', () => resolve()));
  return {
    address: `${isIPv6(host) ? `[${host}]` : host}:${port}`,
    port,
    close() {
      server.close();
      server.closeAllConnections();
      return closed;
    },
  };
}

async function listen(server: Server, address: string): Promise<{ host: string; port: number }> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: Number(address.slice(at + 1)) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string')
    throw new Error(`${address} is no host and port`);
  return { host, port: bound.port };
}

async function respond(
  options: OpsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, body } = await answer(options, request).catch((error: unknown) =>
    plain(500, error instanceof Error ? error.message : String(error)),
  );
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answer(options: OpsServerOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'GET only');
  switch (new URL(request.url ?? '/', 'http://ops').pathname) {
    case '/metrics':
      return { status: 200, type: options.metrics.contentType, body: await options.metrics.text() };
    case '/livez':
      return options.live?.() === false ? plain(503, 'not live') : plain(200, 'ok');
    case '/readyz':
      return readiness(options.ready());
    default:
      return plain(404, 'There are /metrics, /livez and /readyz.');
  }
}

function readiness({ checks }: ReadinessReport): Answer {
  const ready = checks.every((check) => check.ok);
  const body = `${JSON.stringify({ ready, checks })}\n`;
  return { status: ready ? 200 : 503, type: 'application/json', body };
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}
