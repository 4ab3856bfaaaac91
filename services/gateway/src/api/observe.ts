// Traces and figures of every request: the caller's trace context, latency by route, open connections.
import { type ErrorCode, newTraceparent, parseTraceparent } from '@pilotlight/contracts';
import { requestLatency } from '@pilotlight/telemetry';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set where the request failed. */
    failure: ErrorCode | undefined;
  }
}

/** Adds the hooks. The first of all, so that what others refuse is counted. */
export function observeRequests(app: FastifyInstance, { metrics }: Gateway): void {
  const observe = requestLatency(metrics, 'gateway');
  const connections = metrics.gauge(
    'pilotlight_http_connections',
    'Connections that are open, idle ones and WebSockets included',
  );
  metrics.onScrape(async () => {
    connections.set(await openConnections(app));
  });
  app.decorateRequest('failure');
  app.addHook('onRequest', async ({ headers }, reply) => {
    const { traceparent: given } = headers;
    const isValid = typeof given === 'string' && parseTraceparent(given) !== undefined;
    // Handlers find it where a caller would have put it.
    const traceparent = isValid ? given : newTraceparent();
    headers['traceparent'] = traceparent;
    reply.header('traceparent', traceparent);
    reply.header('X-Content-Type-Options', 'nosniff');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { url } = request.routeOptions;
    observe({
      operation: url === undefined ? 'unknown' : `${request.method} ${url}`,
      status: request.failure ?? 'ok',
      seconds: reply.elapsedTime / 1_000,
    });
  });
}

function openConnections({ server }: FastifyInstance): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((failure, count) => {
      if (failure === null) resolve(count);
      else reject(failure);
    });
  });
}
