// /api/v1/stats, /activity and /analysis: what was recorded, and what it says.
import {
  AnalyzeResponse,
  ListActivityResponse,
  type Principal,
  Stats,
} from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import { catalogueTag } from '../app/versions.ts';
import { messageJson, sharedCallFrom } from './call.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway, Routes } from './gateway.ts';
import { plainText } from './plain-text.ts';
import { activitySchema, analysisSchema, statsSchema } from './stats-json.ts';
import { rangeOf } from './time-range.ts';

const tags = ['stats'];
/** Rows come in batches of seconds; nobody sees that these answers are as old. */
const statsTtlMs = 10_000;
const activityTtlMs = 2_000;
/** An analysis reads everything, and is of hours and days. */
const analysisTtlMs = 60_000;

const range = {
  start: Type.Optional(
    Type.String({ maxLength: 64, description: 'ISO 8601, included; 24 hours ago unless given.' }),
  ),
  end: Type.Optional(
    Type.String({ maxLength: 64, description: 'ISO 8601, not included; now unless given.' }),
  ),
  template: Type.Optional(Type.String({ ...plainText(64), description: 'All unless given.' })),
};

const userId = Type.Optional(Type.String({ ...plainText(128), description: 'All unless given.' }));

const limit = (most: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000, description: most }));

const statsQuery = Type.Object(
  { ...range, user_id: userId, limit: limit('Rows of by_template and by_user; 0 means 50.') },
  { additionalProperties: false },
);

const activityQuery = Type.Object(
  {
    ...range,
    user_id: userId,
    failed_only: Type.Optional(
      Type.Boolean({ description: 'Only requests whose sandbox never came up.' }),
    ),
    limit: limit('0 means 100.'),
  },
  { additionalProperties: false },
);

export const stats: Routes = (app, gateway) => {
  totals(app, gateway);
  activity(app, gateway);
  analysis(app, gateway);
};

function totals(app: FastifyInstance, { caches, platform }: Gateway): void {
  app.get(
    '/api/v1/stats',
    {
      config: { access: 'query' },
      schema: {
        summary: 'Requests, hit rates and percentiles of a time range',
        description: "An admin's key sees all requests, others those of their project.",
        ...{ tags, querystring: statsQuery, response: { 200: statsSchema } },
      },
    },
    (request) => {
      const { query, principal } = request;
      const { template = '', user_id: user = '', limit: most = 0 } = query;
      const asked = { range: rangeOf(query), template, userId: user, limit: most };
      const call = sharedCallFrom(request);
      return caches.metadata.answer({
        of: ['stats', scopeOf(principal), query],
        ttlMs: statsTtlMs,
        tags: [],
        load: async () => {
          const found = await platform.stats.getStats(asked, call);
          return messageJson<Stats, Static<typeof statsSchema>>(Stats, found);
        },
      });
    },
  );
}

function activity(app: FastifyInstance, { caches, platform }: Gateway): void {
  app.get(
    '/api/v1/activity',
    {
      config: { access: 'query' },
      schema: {
        summary: 'Single requests for sandboxes, newest first',
        ...{ tags, querystring: activityQuery },
        response: {
          200: Type.Object({ activity: Type.Array(activitySchema, { default: [] }) }),
        },
      },
    },
    (request) => {
      const { query, principal } = request;
      const { template = '', user_id: user = '', failed_only: failedOnly = false } = query;
      const asked = { range: rangeOf(query), template, userId: user, failedOnly };
      const call = sharedCallFrom(request);
      return caches.metadata.answer({
        of: ['activity', scopeOf(principal), query],
        ttlMs: activityTtlMs,
        tags: [],
        load: async () => {
          const limited = { ...asked, limit: query.limit ?? 0 };
          const found = await platform.stats.listActivity(limited, call);
          return messageJson<ListActivityResponse, { activity: Static<typeof activitySchema>[] }>(
            ListActivityResponse,
            found,
          );
        },
      });
    },
  );
}

function analysis(app: FastifyInstance, { caches, platform }: Gateway): void {
  app.get(
    '/api/v1/analysis',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Where starts lose time, and what to do about it',
        tags,
        querystring: Type.Object(range, { additionalProperties: false }),
        response: { 200: analysisSchema },
      },
    },
    (request) => {
      const { query } = request;
      const asked = { range: rangeOf(query), template: query.template ?? '' };
      const call = sharedCallFrom(request);
      return caches.metadata.answer({
        of: ['analysis', query],
        ttlMs: analysisTtlMs,
        tags: [catalogueTag],
        load: async () => {
          const found = await platform.stats.analyze(asked, call);
          return messageJson<AnalyzeResponse, Static<typeof analysisSchema>>(
            AnalyzeResponse,
            found,
          );
        },
      });
    },
  );
}

/** Whose requests a caller sees: nobody else gets what was answered to it. */
function scopeOf({ role, project, userId: own }: Principal): readonly string[] {
  return role === 'admin' ? ['admin'] : ['project', project, own];
}
