// Everything that is no success, in seed 001's shape: what handlers throw, what schemas refuse, unknown
// addresses and methods, and what is not even HTTP.
import type { Socket } from 'node:net';
import { PlatformError } from '@pilotlight/contracts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { httpErrorFrom, type Refusal, refusal, refusalBody, refusalFrom } from './errors.ts';
import type { FastifyInstance } from './fastify.ts';
import { invalidBody, shownAs } from './field-errors.ts';
import type { Gateway } from './gateway.ts';
import { MethodTable } from './method-table.ts';

/** Before any route. What is thrown is told once; faults of the platform are logged once. */
export function answerFailures(app: FastifyInstance, { clock, logger }: Gateway): void {
  const refuse = (request: FastifyRequest, reply: FastifyReply, refused: Refusal) => {
    request.failure = 'invalid_argument';
    return reply.code(refused.status).send(refusalBody(refused, clock.now()));
  };
  const methods = new MethodTable();
  app.addHook('onRoute', ({ method, url }) => methods.add(url, [method].flat()));
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.allowed(request.url);
    if (allowed.length > 0) {
      reply.header('Allow', allowed.join(', '));
      if (request.method === 'OPTIONS') return reply.code(204).send();
      return refuse(request, reply, refusal(405));
    }
    const unknown = new PlatformError('not_found', 'There is no such page or call.');
    request.failure = 'not_found';
    return reply.code(404).send(httpErrorFrom(unknown, clock.now()).body);
  });
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const refused = thrown.validation === undefined ? refusalFrom(thrown) : undefined;
    if (refused !== undefined) return refuse(request, reply, refused);
    const error = errorFrom(thrown, request);
    request.failure = error.code;
    if (error.code === 'internal') {
      logger.error({ err: error.cause ?? error, route: request.routeOptions.url }, 'call failed');
    }
    const { status, retryAfter, body } = httpErrorFrom(error, clock.now());
    if (retryAfter !== undefined) reply.header('Retry-After', retryAfter);
    // A stream or a page had its own.
    reply.removeHeader('Content-Type');
    return reply.code(status).send(body);
  });
}

/** An answer that is not as it is described carries `validation`, too, but no context. */
function errorFrom(thrown: FastifyError, request: FastifyRequest): PlatformError {
  const names = request.names ?? { written: new Map(), problems: [] };
  if (thrown.validation !== undefined && thrown.validationContext !== undefined) {
    return invalidBody(thrown.validation, names);
  }
  const error = PlatformError.from(thrown);
  if (error.details.length === 0 || names.written.size === 0) return error;
  const details = error.details.map(({ field, problem }) => {
    return { field: shownAs(field, names.written), problem };
  });
  return new PlatformError(error.code, error.message, { retry: error.retry, details });
}

/** For addresses that cannot be read, which are refused before any hook. */
export function refuseAddress(now: () => Date) {
  return (error: FastifyError, _request: unknown, reply: FastifyReply): void => {
    const refused = refusal(error.statusCode ?? 400);
    void reply.code(refused.status).send(refusalBody(refused, now()));
  };
}

/** For what never becomes a request: garbage, endless headers, a body that does not come. */
export function refuseGarbage(now: () => Date) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const refused = refusal(statusOf(error.code));
    const body = JSON.stringify(refusalBody(refused, now()));
    const head = [
      `HTTP/1.1 ${refused.status} ${refused.code}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  };
}

function statusOf(code: string | undefined): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
}
