// The dialect of Piston's API v2, so that its clients work by changing an address. Its own messages and
// statuses; docs/piston.md says where this differs from Piston.
import { PlatformError } from '@pilotlight/contracts';
import type { FastifyReply } from 'fastify';
import { aliasesOf, PistonRefusal } from '../domain/piston-job.ts';
import { httpErrorFrom } from './errors.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway, Routes } from './gateway.ts';
import { connectPiston } from './piston-connect.ts';
import { executePiston } from './piston-execute.ts';
import { runtimesOf } from './piston-runtimes.ts';

/** Where Piston serves itself, and where its public host did. */
const prefixes = ['/api/v2', '/api/v2/piston'];

export const piston: Routes = async (app, gateway) => {
  for (const prefix of prefixes) {
    await app.register(async (scope: FastifyInstance) => routes(scope, gateway), { prefix });
  }
};

function routes(app: FastifyInstance, gateway: Gateway): void {
  app.setErrorHandler((thrown, request, reply) => {
    request.failure = PlatformError.from(thrown).code;
    return answerRefusal(thrown, reply, gateway);
  });
  app.get('/runtimes', { config: { access: 'key' }, schema: { hide: true } }, async (request) => {
    const runtimes = await runtimesOf(gateway, request);
    return runtimes.map((runtime) => {
      const { language, version } = runtime;
      return { language, version, aliases: aliasesOf(runtime) };
    });
  });
  executePiston(app, gateway);
  connectPiston(app, gateway);
}

function answerRefusal(thrown: unknown, reply: FastifyReply, { clock, logger }: Gateway) {
  if (thrown instanceof PistonRefusal) return reply.code(400).send({ message: thrown.message });
  const status = statusOf(thrown);
  if (status === 415) {
    return reply.code(415).send({ message: 'requests must be of type application/json' });
  }
  if (status !== undefined && thrown instanceof Error) {
    return reply.code(status).send({ message: thrown.message });
  }
  const error = PlatformError.from(thrown);
  if (error.code === 'internal') logger.error({ err: error.cause ?? error }, 'call failed');
  const { status: code, retryAfter, body } = httpErrorFrom(error, clock.now());
  if (retryAfter !== undefined) reply.header('Retry-After', retryAfter);
  return reply.code(code).send({ message: pistonMessage(error, body.detail) });
}

/** With what is wrong in each field, for which Piston's shape has no place. */
export function pistonMessage({ details }: PlatformError, message: string): string {
  const problems = details.map(({ field, problem }) => `${field} ${problem}`);
  return problems.length === 0 ? message : `${message} ${problems.join('; ')}`;
}

/** Of what the server itself refuses: a body that is too large, no JSON, … */
function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof PlatformError || typeof thrown !== 'object' || thrown === null) return;
  const status = 'statusCode' in thrown ? Number(thrown.statusCode) : 0;
  return status >= 400 && status < 500 ? status : undefined;
}
