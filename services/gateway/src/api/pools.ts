// /api/v1/pools: how much warm stock there is and should be.
import { DemandPrediction, PlatformError, Pool, SetPolicyRequest } from '@pilotlight/contracts';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { policyTag, templateTag } from '../app/catalogue.ts';
import { catalogueTag } from '../app/versions.ts';
import { callFrom, messageJson, sharedCallFrom } from './call.ts';
import type { Gateway, Routes } from './gateway.ts';
import { type policySchema, poolSchema, predictionSchema } from './pool-json.ts';

type PoolJson = Static<typeof poolSchema>;
type PredictionJson = Static<typeof predictionSchema>;

const tags = ['pools'];
/** Pools change by the second. */
const poolsTtlMs = 1_000;
/** A forecast is made of hours. */
const predictionTtlMs = 60_000;

const params = Type.Object({
  template: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$', description: 'Its name.' }),
});

const count = () => Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 }));

const policyBody = Type.Object(
  {
    min_size: count(),
    max_size: count(),
    target_utilization: Type.Optional(Type.Number({ minimum: 0.1, maximum: 1 })),
    scale_up_threshold: count(),
    scale_down_delay: count(),
    ttl: Type.Optional(Type.Integer({ minimum: 10, maximum: 86_400 })),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'What is left out stays as it is. Sizes are over all nodes.',
    examples: [{ min_size: 2 }] satisfies Partial<Static<typeof policySchema>>[],
  },
);

export const pools: Routes = (app, gateway) => {
  app.get(
    '/api/v1/pools',
    {
      config: { access: 'key' },
      schema: {
        ...{ summary: 'All pools', tags },
        response: { 200: Type.Object({ pools: Type.Array(poolSchema) }) },
      },
    },
    async (request) => ({ pools: await listedPools(gateway, request) }),
  );
  app.get(
    '/api/v1/pools/:template',
    {
      config: { access: 'key' },
      schema: { summary: 'One pool', tags, params, response: { 200: poolSchema } },
    },
    async (request) => {
      const { template } = request.params;
      const found = (await listedPools(gateway, request)).find(
        (pool) => pool.template === template,
      );
      if (found !== undefined) return found;
      throw new PlatformError('not_found', `There is no pool of ${template}.`);
    },
  );
  app.patch(
    '/api/v1/pools/:template',
    {
      config: { access: 'admin' },
      schema: {
        summary: "Change a pool's policy, for good",
        ...{ tags, params, body: policyBody, response: { 200: poolSchema } },
      },
    },
    async (request): Promise<PoolJson> => {
      const change = SetPolicyRequest.fromJSON({ ...request.body, ...request.params });
      const pool = await gateway.platform.pools.setPolicy(change, callFrom(request));
      return messageJson(Pool, pool);
    },
  );
  app.get(
    '/api/v1/pools/:template/prediction',
    {
      config: { access: 'key' },
      schema: {
        summary: 'Demand expected in the coming hour',
        ...{ tags, params, response: { 200: predictionSchema } },
      },
    },
    (request) => prediction(gateway, request.params.template, request),
  );
};

/** Of all callers alike, so it is asked at most once a second. */
export function listedPools(
  { caches, platform }: Pick<Gateway, 'caches' | 'platform'>,
  request: FastifyRequest,
): Promise<PoolJson[]> {
  const call = sharedCallFrom(request);
  return caches.metadata.answer({
    of: ['pools'],
    ttlMs: poolsTtlMs,
    tags: [catalogueTag],
    async load() {
      const { pools: all } = await platform.pools.listPools({}, call);
      return all.map((pool) => messageJson<Pool, PoolJson>(Pool, pool));
    },
  });
}

function prediction(
  { caches, platform }: Gateway,
  template: string,
  request: FastifyRequest,
): Promise<PredictionJson> {
  const call = sharedCallFrom(request);
  return caches.metadata.answer({
    of: ['prediction', template],
    ttlMs: predictionTtlMs,
    tags: [templateTag(template), policyTag(template)],
    async load() {
      const forecast = await platform.pools.predictDemand({ template }, call);
      return messageJson<DemandPrediction, PredictionJson>(DemandPrediction, forecast);
    },
  });
}
