// The description of the API: OpenAPI 3.1 made of the routes' schemas, a page to read it on, and answers that
// are held to it.
import responseValidation from '@fastify/response-validation';
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { errorSchema } from './errors.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';
import { answerChecks } from './late-schemas.ts';

const tags = [
  { name: 'executions', description: 'Run code once, in a sandbox of its own.' },
  { name: 'sandboxes', description: 'Lease a sandbox and work in it.' },
  { name: 'pools', description: 'Sandboxes that are kept warm.' },
  { name: 'stats', description: 'What was recorded.' },
  { name: 'functions', description: 'Why serverless functions start slowly.' },
  { name: 'keys', description: 'API keys, projects and plans.' },
  { name: 'health', description: 'Whether it works.' },
];

/** The page runs nothing but what is served here. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Before any route. */
export async function describeRoutes(app: FastifyInstance, { version }: Gateway): Promise<void> {
  app.addHook('onRoute', (route) => {
    const { schema } = route;
    if (schema === undefined || schema.hide === true) return;
    const { access } = route.config ?? {};
    schema.response = { '4xx': errorSchema, '5xx': errorSchema, ...(schema.response ?? {}) };
    if (access === 'open') schema.security = [];
  });
  await app.register(responseValidation, { ajv: answerChecks() });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Pilotlight',
        version,
        description:
          'Isolated, pre-warmed code-execution sandboxes. Members of bodies may be written in camelCase, too. Every POST takes an Idempotency-Key.',
      },
      tags,
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ key: [] }, { bearer: [] }],
    },
  });
}

/** The description itself and its page, which is made when it is first looked at: few are. */
export async function serveDescription(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, () =>
    app.swagger(),
  );
  let making: Promise<PageServer> | undefined;
  const page = async (request: FastifyRequest, reply: FastifyReply) => {
    making ??= pageServer(app.swagger() as object);
    const { url, headers } = request;
    const answer = await (await making).inject({ url, headers });
    for (const name of passedHeaders) {
      const value = answer.headers[name];
      if (value !== undefined) reply.header(name, value);
    }
    return reply.code(answer.statusCode).send(answer.rawPayload);
  };
  const open = { config: { access: 'open' }, schema: { hide: true } } as const;
  for (const path of ['/docs', '/docs/*']) app.get(path, open, page);
  app.addHook('onClose', async () => {
    await (await making)?.close();
  });
}

type PageServer = Awaited<ReturnType<typeof pageServer>>;

/** Not listening; asked by `inject`. */
async function pageServer(description: object) {
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  const server = fastify();
  // Its types know OpenAPI up to 3.0.
  const document = description as StaticDocumentSpec['document'];
  await server.register(swagger, { mode: 'static', specification: { document } });
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiConfig: { deepLinking: true, docExpansion: 'list' },
  });
  return server;
}

const passedHeaders = [
  ...['content-type', 'content-security-policy', 'location'],
  ...['cache-control', 'etag', 'last-modified'],
];
