// GET /api/v1/functions and /api/v1/functions/{id} (seed 001): what serverless functions load, and what to do.
import { PlatformError, type Principal } from '@pilotlight/contracts';
import { Type } from 'typebox';
import { refuseInSeedWords } from './analyzer-routes.ts';
import { sharedCallFrom } from './call.ts';
import type { FastifyInstance } from './fastify.ts';
import {
  functionDetailsJson,
  functionDetailsSchema,
  functionJson,
  functionsSchema,
} from './functions-json.ts';
import type { Gateway, Routes } from './gateway.ts';
import { plainText } from './plain-text.ts';
import { rangeOf } from './time-range.ts';

const tags = ['functions'];
/** Reports come in by the second; nobody sees that these answers are as old. */
const functionsTtlMs = 2_000;
/** Reads a thousand cold starts. */
const detailsTtlMs = 5_000;

const project = Type.Optional(
  Type.String({
    pattern: '^[a-z0-9-]{1,32}$',
    description: "Its slug, for an admin's key; others see their own project's.",
  }),
);

const listQuery = Type.Object(
  {
    project,
    limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000, description: '0 means 100.' })),
  },
  { additionalProperties: false },
);

const detailsQuery = Type.Object(
  {
    start: Type.Optional(
      Type.String({ maxLength: 64, description: 'ISO 8601, included; 7 days ago unless given.' }),
    ),
    end: Type.Optional(
      Type.String({ maxLength: 64, description: 'ISO 8601, not included; now unless given.' }),
    ),
    project,
  },
  { additionalProperties: false },
);

export const functions: Routes = async (app, gateway) => {
  await app.register(async (scope: FastifyInstance) => {
    refuseInSeedWords(scope);
    list(scope, gateway);
    details(scope, gateway);
  });
};

function list(app: FastifyInstance, { caches, platform }: Gateway): void {
  app.get(
    '/api/v1/functions',
    {
      config: { access: 'query' },
      schema: {
        ...{ summary: 'Serverless functions that report their starts', tags },
        ...{ querystring: listQuery, response: { 200: functionsSchema } },
      },
    },
    (request) => {
      const { query, principal } = request;
      const call = sharedCallFrom(request);
      return caches.metadata.answer({
        of: ['functions', scopeOf(principal), query],
        ttlMs: functionsTtlMs,
        tags: [],
        load: async () => {
          const asked = { project: query.project ?? '', limit: query.limit ?? 0 };
          const found = await platform.stats.listFunctions(asked, call);
          return { functions: found.functions.map(functionJson) };
        },
      });
    },
  );
}

function details(app: FastifyInstance, { caches, platform }: Gateway): void {
  app.get(
    '/api/v1/functions/:id',
    {
      config: { access: 'query' },
      schema: {
        summary: 'What the cold starts of one function load, and what to do about it',
        tags,
        params: Type.Object({
          id: Type.String({ ...plainText(255), minLength: 1, description: 'Its id or its name.' }),
        }),
        ...{ querystring: detailsQuery, response: { 200: functionDetailsSchema } },
      },
    },
    (request) => {
      const { params, query, principal } = request;
      const asked = { project: query.project ?? '', function: params.id, range: rangeOf(query) };
      const call = sharedCallFrom(request);
      return caches.metadata.answer({
        of: ['function', scopeOf(principal), params.id, query],
        ttlMs: detailsTtlMs,
        tags: [],
        load: async () => {
          const found = await platform.stats.getFunction(asked, call);
          if (found.function === undefined) {
            throw new PlatformError('not_found', `There is no function "${params.id}".`);
          }
          return functionDetailsJson(found.function, found);
        },
      });
    },
  );
}

/** A project's functions are all its keys' alike. */
function scopeOf({ role, project: own }: Principal): readonly string[] {
  return role === 'admin' ? ['admin'] : ['project', own];
}
