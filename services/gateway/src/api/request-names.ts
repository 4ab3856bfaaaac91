// Before validation: bodies get the schema's names, query strings its types. After it: what was wrong with
// the names alone is refused.
import { invalidFields } from '@pilotlight/contracts';
import { type NamedSchema, nameBySchema, type WrittenNames } from './body-names.ts';
import type { FastifyInstance } from './fastify.ts';
import { readQuery } from './query-values.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Where its handler reads the body as it was written, and checks it: the schema only describes. */
    readonly body?: 'checked_by_handler';
  }
  interface FastifyRequest {
    /** Of its body; undefined where its route describes none. */
    names: WrittenNames | undefined;
  }
}

/** Adds the hooks. Before those that look at a body. */
export function nameRequests(app: FastifyInstance): void {
  app.decorateRequest('names');
  app.addHook('preValidation', async (request) => {
    const { config, schema } = request.routeOptions;
    const query = schema?.querystring as NamedSchema | undefined;
    if (query !== undefined) readQuery(request.query as Record<string, unknown>, query);
    const body = schema?.body as NamedSchema | undefined;
    if (body === undefined || config.body === 'checked_by_handler') return;
    request.names = nameBySchema(request.body, body);
  });
  app.addHook('preHandler', async ({ names }) => {
    if (names !== undefined && names.problems.length > 0) throw invalidFields(names.problems);
  });
}
