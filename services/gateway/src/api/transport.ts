// How the server speaks HTTP: versions, encryption, compression, other origins, and bounds on what a
// connection may send and for how long.

import type { Http2SecureServer } from 'node:http2';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import type { FastifyHttp2SecureOptions, FastifyHttpOptions, RawServerDefault } from 'fastify';
import { refusal, refusalBody } from './errors.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';

/** What is not given has its default. */
export interface HttpSettings {
  readonly maxConnections?: number;
  /** PEM. HTTPS with HTTP/2, and HTTP/1.1 for who does not know it. Default: plain HTTP/1.1. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** For all headers of a request to arrive. */
  readonly headersTimeoutMs?: number;
  /** For a request to arrive, its body included. */
  readonly requestTimeoutMs?: number;
}

const keepAliveMs = 60_000;
const mostHeaders = 100;
const headerBytes = 16 * 1024;
/** Smaller answers are not worth it. */
const compressFromBytes = 1024;
const yearSeconds = 31_536_000;

/** Options of Fastify. */
export function httpOptions(settings: HttpSettings): FastifyHttpOptions<RawServerDefault> {
  const { tls, headersTimeoutMs = 10_000, requestTimeoutMs = 30_000 } = settings;
  const bounds = {
    maxHeaderSize: headerBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    // How late the two timeouts above may be.
    connectionsCheckingInterval: Math.min(2_000, headersTimeoutMs / 2),
  };
  const times = { keepAliveTimeout: keepAliveMs, requestTimeout: requestTimeoutMs };
  if (tls === undefined) return { ...times, http: bounds };
  const secure: FastifyHttp2SecureOptions<Http2SecureServer> = {
    ...times,
    http2: true,
    http2SessionTimeout: keepAliveMs,
    https: { ...tls, ...bounds, allowHTTP1: true },
  };
  // HTTP/1.1 and HTTP/2 requests look the same to handlers.
  return secure as unknown as FastifyHttpOptions<RawServerDefault>;
}

/** After the hooks that look at answers, because it changes their bytes. */
export async function shapeTransport(
  app: FastifyInstance,
  { clock, corsOrigins }: Gateway,
  { maxConnections, tls }: HttpSettings,
): Promise<void> {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  // Else a connection that is busy now would be kept alive for as long as its caller likes.
  app.addHook('onSend', async (request, reply) => {
    if (isClosing && request.raw.httpVersionMajor === 1) reply.header('Connection', 'close');
  });
  if (maxConnections !== undefined) app.server.maxConnections = maxConnections;
  app.addHook('onRequest', async (request, reply) => {
    if (tls !== undefined) reply.header('Strict-Transport-Security', `max-age=${yearSeconds}`);
    if (request.raw.rawHeaders.length <= 2 * mostHeaders) return;
    const refused = refusal(431);
    return reply.code(431).send(refusalBody(refused, clock.now()));
  });
  if (corsOrigins.length > 0) {
    await app.register(cors, {
      origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: [...callerHeaders],
      exposedHeaders: [...answerHeaders],
      maxAge: 600,
      strictPreflight: false,
    });
  }
  await app.register(compress, {
    threshold: compressFromBytes,
    encodings: ['zstd', 'br', 'gzip', 'deflate'],
    globalDecompression: false,
  });
}

const callerHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'X-API-Key',
  'X-Lease-Token',
  'traceparent',
];
const answerHeaders = [
  'Idempotency-Replayed',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'traceparent',
];
