// The description of the API: OpenAPI 3.1 made of the routes' schemas, a page to read it on, and answers that
// are held to it.
import responseValidation from '@fastify/response-validation';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { errorSchema } from './errors.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';
import { answerChecks } from './late-schemas.ts';

const tags = [
  { name: 'executions', description: 'Run code once, in a sandbox of its own.' },
  { name: 'sandboxes', description: 'Lease a sandbox and work in it.' },
  { name: 'pools', description: 'Sandboxes that are kept warm.' },
  { name: 'stats', description: 'What was recorded.' },
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

/** The description itself and its page. */
export async function serveDescription(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, () =>
    app.swagger(),
  );
  await app.register(async (page) => {
    page.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open' };
    });
    await page.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: pagePolicy,
      uiConfig: { deepLinking: true, docExpansion: 'list' },
    });
  });
}
